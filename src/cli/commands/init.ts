import type { Command } from "commander";

export function registerInit(program: Command): void {
  program
    .command("init <folder>")
    .description("start a project: the example, or your own prompts")
    .option(
      "--prompts <path>",
      "your own prompts, copied into the project: JSONL, JSON, CSV, Parquet, Arrow or a folder",
    )
    .action(async (folder: string, options: { prompts?: string }) => {
      const { initProject } = await import("../init-project.ts");
      const lines = await initProject({ dir: folder, promptsFile: options.prompts });
      for (const line of lines) process.stderr.write(`${line}\n`);
    });
}
