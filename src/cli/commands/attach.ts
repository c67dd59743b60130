import type { Command } from "commander";
import type { GlobalOptions } from "../options.ts";

export function registerAttach(program: Command): void {
  const command = program
    .command("attach")
    .description("enter a stage's tmux session (leave it with Ctrl-b d)")
    .argument("<stage>", "generate, filter, package, train or evaluate");
  command.action(async (word: string) => {
    const { findProjectDir } = await import("../../config/index.ts");
    const { attachSession, findSession } = await import("../../pipeline/attach.ts");
    const { parseStage } = await import("../../pipeline/stage-argument.ts");
    const stage = parseStage(word);
    const projectDir = await findProjectDir(command.optsWithGlobals<GlobalOptions>().dir);
    process.exitCode = await attachSession(await findSession(projectDir, stage));
  });
}
