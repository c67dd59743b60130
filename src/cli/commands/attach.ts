import type { Command } from "commander";
import type { GlobalOptions } from "../options.ts";

export function registerAttach(program: Command): void {
  const command = program
    .command("attach")
    .description("enter a stage's tmux session (leave it with Ctrl-b d)")
    .argument("<stage>", "generate, filter, package, train or evaluate");
  command.action(async (word: string) => {
    const { loadProject } = await import("../../config/index.ts");
    const { attachSession, findSession } = await import("../../pipeline/attach.ts");
    const { parseStage } = await import("../../pipeline/stage-argument.ts");
    const { dir, set } = command.optsWithGlobals<GlobalOptions>();
    const stage = parseStage(word);
    const project = await loadProject({ dir, overrides: set });
    process.exitCode = await attachSession(await findSession(project.dir, stage));
  });
}
