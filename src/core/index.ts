export { explainWriteError, replaceFileAtomic, writeFileAtomic } from "./atomic-file.ts";
export { displayWidth, fitToWidth, wrapToWidth } from "./display-width.ts";
export {
  BudgetError,
  CancelledError,
  ConfigError,
  DataError,
  type ExitCode,
  errorMessage,
  exitCodes,
  JobError,
  NexaError,
  ProviderError,
  systemErrorCode,
  UsageError,
} from "./errors.ts";
export { formatCount, formatDuration, formatPercent, formatUsd, toSafeLine } from "./format.ts";
export { canonicalJson, hashJson, type Json, sha256File, sha256Text, unitHash } from "./hash.ts";
export { type JsonSchema, readJsonSchema, type SchemaFault } from "./json-schema.ts";
export { acquireLock, explainLock, type LockFile } from "./lock-file.ts";
export { createMovingRate, type MovingRate } from "./moving-rate.ts";
export { nearest } from "./nearest.ts";
export { type PackedError, packError, unpackError } from "./packed-error.ts";
export { identifyProcess, isProcessAlive, type ProcessIdentity } from "./processes.ts";
export type { Progress, ProgressFields, ProgressUpdate } from "./progress.ts";
export { describeProgress } from "./progress-words.ts";
export { createReporter, type Reporter, type ReporterOptions } from "./reporter.ts";
export { collapseWhiteSpace, countCodePoints, countCollapsed, pythonWhiteSpace } from "./white-space.ts";
export { besideModule, startWorkerThread, type WorkerThread } from "./worker-thread.ts";
