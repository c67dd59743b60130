import { CommanderError } from "commander";
import { exitCodes } from "../core/errors.ts";
import { tolerateClosedOutput } from "./closed-output.ts";
import { createProgram } from "./program.ts";
import { reportError } from "./report-error.ts";

/**
 * Runs one command line.
 * @returns the exit code; see the table in docs/Pipeline/PIPELINE_GUIDE.md.
 */
export async function main(argv: readonly string[]): Promise<number> {
  tolerateClosedOutput();
  try {
    await createProgram().parseAsync([...argv]);
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return reportError(error);
  }
}
