import { exitCodes, NexaError } from "../core/errors.ts";
import { toSafeLine } from "../core/format.ts";

const longestLine = 4_000;

/** Foreseen ends as message and hint; anything else is a bug of ours, with its stack. @returns the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof NexaError) {
    write(`error: ${error.message}`);
    if (error.hint !== undefined) write(`  ${error.hint}`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  write(`error: this is a bug in nexa, please report it with the lines below\n${stack}`);
  return exitCodes.bug;
}

/** Messages quote names, paths and values of other people's making, which must not steer a terminal. */
function write(text: string): void {
  const lines = text.split("\n").map((line) => toSafeLine(line, longestLine));
  process.stderr.write(`${lines.join("\n")}\n`);
}
