import { type Command, InvalidArgumentError } from "commander";
import type { GlobalOptions } from "../options.ts";

interface LogsOptions extends GlobalOptions {
  readonly follow?: boolean;
  readonly lines: number;
}

export function registerLogs(program: Command): void {
  const command = program
    .command("logs")
    .description("the log of one stage")
    .argument("<stage>", "generate, filter, package, train or evaluate")
    .option("-f, --follow", "go on until the stage has ended")
    .option("-n, --lines <count>", "how many of the last lines", parseCount, 50);
  command.action(async (word: string) => {
    const { findProjectDir } = await import("../../config/index.ts");
    const { showLogs } = await import("../../pipeline/logs.ts");
    const { watchSignals } = await import("../../pipeline/launch-signals.ts");
    const { parseStage } = await import("../../pipeline/stage-argument.ts");
    const options = command.optsWithGlobals<LogsOptions>();
    using interruption = watchSignals();
    await showLogs(await findProjectDir(options.dir), {
      stage: parseStage(word),
      lines: options.lines,
      isFollowing: options.follow === true,
      signal: interruption.signal,
      write: (text) => void process.stdout.write(text),
    });
  });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError("Expected a number of lines, such as 200.");
  return count;
}
