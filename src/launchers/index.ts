export { type EndWithWrapperOptions, endWithWrapper, isWrapped, wrappedVariable } from "./end-with-wrapper.ts";
export { createForegroundLauncher, type ForegroundLauncher, type ForegroundOptions } from "./foreground-launcher.ts";
export type {
  ExitRecord,
  Job,
  JobHandle,
  JobPhase,
  JobStatus,
  Launcher,
  LauncherName,
  StopOptions,
  StopOutcome,
} from "./job.ts";

export {
  childIdentity,
  clearJobFolder,
  jobFileNames,
  type ProgressRecord,
  readExit,
  readJobStatus,
  readProgress,
  readWrapper,
  type WrapperRecord,
} from "./job-folder.ts";

export { formatRecord, readRecord, writeRecord } from "./record-file.ts";
export { requestStop, type StopProcessOptions, stopJob, stopProcess } from "./stop-job.ts";
export { createTmux, hasTmux, type Tmux, tmuxSocketVariable } from "./tmux.ts";
export { createTmuxLauncher, type TmuxLauncherOptions } from "./tmux-launcher.ts";
export { closeEndedSessions, listSessions, ownerOption } from "./tmux-session.ts";
