import { systemErrorCode } from "../core/errors.ts";

/**
 * What the command does when nobody reads its output any more: `nexa plan --json | head -1` ends quietly, and a stage or launch whose terminal
 * was closed goes on to its end in order, unheard.
 */
export function tolerateClosedOutput(): void {
  process.stdout.on("error", (error) => {
    if (systemErrorCode(error) !== "EPIPE") throw error;
    process.exit();
  });
  process.stderr.on("error", () => undefined);
}
