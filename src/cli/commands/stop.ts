import { type Command, InvalidArgumentError } from "commander";
import type { GlobalOptions } from "../options.ts";

interface StopOptions extends GlobalOptions {
  readonly timeout: number;
}

export function registerStop(program: Command): void {
  const command = program
    .command("stop")
    .description(
      "end the stages in order and close their tmux sessions: what is in flight is kept; `nexa launch` goes on from there",
    )
    .argument("[stage]", "this stage and those that wait for it; all when left out")
    .option("--timeout <seconds>", "how long a stage may take before it is killed", parseSeconds, 30);
  command.action(async (word: string | undefined) => {
    const { runStop } = await import("../stop.ts");
    const { dir, timeout } = command.optsWithGlobals<StopOptions>();
    process.exitCode = await runStop(word, { dir, graceMs: timeout * 1000 });
  });
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 0) throw new InvalidArgumentError("Expected seconds, such as 60.");
  return seconds;
}
