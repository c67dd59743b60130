/** What the process says to its caller: see the table of exit codes in docs/Pipeline/PIPELINE_GUIDE.md. */
export const exitCodes = {
  ok: 0,
  bug: 1,
  usage: 2,
  provider: 3,
  stage: 4,
  budget: 5,
  cancelled: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface NexaErrorOptions {
  /** Stable snake_case name that scripts may match on. */
  readonly code: string;
  /** What to do next, as one sentence or a command. */
  readonly hint?: string | undefined;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** An end that was foreseen: shown as message and hint, never with a stack. */
export class NexaError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(message: string, options: NexaErrorOptions) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? exitCodes.stage;
  }
}

/** A command line that cannot be carried out as given (exit 2). */
export class UsageError extends NexaError {
  constructor(message: string, options: { code?: string; hint?: string | undefined } = {}) {
    super(message, { code: options.code ?? "usage", hint: options.hint, exitCode: exitCodes.usage });
  }
}

export interface SourcePosition {
  readonly file: string;
  /** 1-based; absent where the value did not come from a line of the file. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** Renders `file:line:column` with what is known of it. */
export function formatPosition({ file, line, column }: SourcePosition): string {
  if (line === undefined) return file;
  return column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
}

/** A configuration that is missing, malformed or out of range (exit 2). */
export class ConfigError extends NexaError {
  readonly position: SourcePosition;

  constructor(
    message: string,
    options: SourcePosition & { hint?: string | undefined; code?: string; cause?: unknown },
  ) {
    super(`${formatPosition(options)}: ${message}`, {
      code: options.code ?? "config",
      hint: options.hint,
      cause: options.cause,
      exitCode: exitCodes.usage,
    });
    this.position = { file: options.file, line: options.line, column: options.column };
  }
}

/** An input file or row that a stage cannot use (exit 4). */
export class DataError extends NexaError {
  readonly file: string;
  /** 1-based line or row number in the file. */
  readonly row: number | undefined;

  constructor(
    message: string,
    options: {
      file: string;
      row?: number | undefined;
      hint?: string | undefined;
      code?: string;
      exitCode?: ExitCode;
      cause?: unknown;
    },
  ) {
    super(`${formatPosition({ file: options.file, line: options.row })}: ${message}`, {
      code: options.code ?? "data",
      hint: options.hint,
      cause: options.cause,
      exitCode: options.exitCode ?? exitCodes.stage,
    });
    this.file = options.file;
    this.row = options.row;
  }
}

/** A model's server that refused or could not be reached (exit 3). */
export class ProviderError extends NexaError {
  /** HTTP status, or null when no answer came. */
  readonly status: number | null;
  readonly isRetryable: boolean;

  constructor(
    message: string,
    options: { code: string; status: number | null; isRetryable: boolean; hint?: string | undefined; cause?: unknown },
  ) {
    super(message, { code: options.code, hint: options.hint, cause: options.cause, exitCode: exitCodes.provider });
    this.status = options.status;
    this.isRetryable = options.isRetryable;
  }
}

/** The next call could have passed the budget (exit 5). */
export class BudgetError extends NexaError {
  constructor(message: string, options: { hint?: string | undefined } = {}) {
    super(message, { code: "budget", hint: options.hint, exitCode: exitCodes.budget });
  }
}

/** A job, launcher or stage that could not start or did not end well (exit 4 unless said otherwise). */
export class JobError extends NexaError {
  constructor(
    message: string,
    options: { code?: string; hint?: string | undefined; exitCode?: ExitCode; cause?: unknown } = {},
  ) {
    super(message, {
      code: options.code ?? "job",
      hint: options.hint,
      cause: options.cause,
      exitCode: options.exitCode ?? exitCodes.stage,
    });
  }
}

/** The user or a signal ended the work in order (exit 130). */
export class CancelledError extends NexaError {
  constructor(message = "Cancelled", options: { hint?: string | undefined } = {}) {
    super(message, { code: "cancelled", hint: options.hint, exitCode: exitCodes.cancelled });
  }
}

/** The system error's code (`ENOENT`, `ENOSPC`, ...) of anything thrown, or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === "string" ? code : undefined;
}

/** The message of anything thrown. */
export function errorMessage(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "a value that has no text";
  }
}
