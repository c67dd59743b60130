import { exitCodes, NexaError } from "../core/errors.ts";

/** Foreseen ends as message and hint; anything else is a bug of ours, with its stack. @returns the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof NexaError) {
    process.stderr.write(`error: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`  ${error.hint}\n`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`error: this is a bug in nexa, please report it with the lines below\n${stack}\n`);
  return exitCodes.bug;
}
