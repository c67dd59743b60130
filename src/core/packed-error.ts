import {
  BudgetError,
  CancelledError,
  ConfigError,
  DataError,
  type ExitCode,
  errorMessage,
  formatPosition,
  JobError,
  NexaError,
  ProviderError,
  type SourcePosition,
  UsageError,
} from "./errors.ts";

/** Anything thrown, as plain values: a thread's border and JSON take an error's class, code and hint away. */
export interface PackedError {
  /** The class's name. */
  readonly name: string;
  readonly message: string;
  /** Where the error came from in the thread that threw it. */
  readonly stack: string | undefined;
  readonly cause: PackedError | undefined;
  /** What a NexaError has besides; null for any other error. */
  readonly nexa: PackedNexaError | null;
}

interface PackedNexaError {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
  /** Of a ConfigError or DataError, whose message begins with it. */
  readonly position: SourcePosition | undefined;
  /** Of a ProviderError. */
  readonly provider: { readonly status: number | null; readonly isRetryable: boolean } | undefined;
}

const deepestCause = 8;

/** Makes anything thrown ready for `postMessage` or JSON. */
export function packError(error: unknown, depth = 0): PackedError {
  if (!(error instanceof Error)) {
    return { name: "Error", message: errorMessage(error), stack: undefined, cause: undefined, nexa: null };
  }
  const hasCause = error.cause !== undefined && depth < deepestCause;
  return {
    name: error.name,
    message: errorMessage(error),
    stack: error.stack,
    cause: hasCause ? packError(error.cause, depth + 1) : undefined,
    nexa: error instanceof NexaError ? packNexaError(error) : null,
  };
}

function packNexaError(error: NexaError): PackedNexaError {
  const { code, hint, exitCode } = error;
  return {
    code,
    hint,
    exitCode,
    position: positionOf(error),
    provider: error instanceof ProviderError ? { status: error.status, isRetryable: error.isRetryable } : undefined,
  };
}

function positionOf(error: NexaError): SourcePosition | undefined {
  if (error instanceof ConfigError) return { ...error.position };
  return error instanceof DataError ? { file: error.file, line: error.row } : undefined;
}

/** The error again: of its own class where it is one of ours, with the stack of the thread that threw it. */
export function unpackError(packed: PackedError): Error {
  const error = packed.nexa === null ? plainError(packed) : nexaError(packed, packed.nexa);
  if (packed.stack !== undefined) error.stack = packed.stack;
  return error;
}

function plainError({ name, message, cause }: PackedError): Error {
  const error = new Error(message, cause === undefined ? {} : { cause: unpackError(cause) });
  // Not `error.name = ...`, which would show as a member of its own wherever the error is printed.
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  return error;
}

function nexaError(packed: PackedError, nexa: PackedNexaError): NexaError {
  const { code, hint, exitCode, position, provider } = nexa;
  const cause = packed.cause === undefined ? undefined : unpackError(packed.cause);
  const message = withoutPosition(packed.message, position);
  switch (packed.name) {
    case "ConfigError":
      return new ConfigError(message, { ...(position ?? { file: "" }), code, hint, cause });
    case "DataError": {
      const { file, line: row } = position ?? { file: "" };
      return new DataError(message, { file, row, code, hint, exitCode, cause });
    }
    case "UsageError":
      return new UsageError(message, { code, hint });
    case "ProviderError":
      return new ProviderError(message, { status: null, isRetryable: false, ...provider, code, hint, cause });
    case "BudgetError":
      return new BudgetError(message, { hint });
    case "JobError":
      return new JobError(message, { code, hint, exitCode, cause });
    case "CancelledError":
      return new CancelledError(message, { hint });
    default:
      return new NexaError(message, { code, hint, exitCode, cause });
  }
}

/** What the class's constructor was given: it puts the position in front itself. */
function withoutPosition(message: string, position: SourcePosition | undefined): string {
  const prefix = position === undefined ? "" : `${formatPosition(position)}: `;
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}
