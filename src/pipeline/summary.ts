import { relative } from "node:path";
import type { Project } from "../config/index.ts";
import { formatCount, formatDuration } from "../core/index.ts";
import { stageNames } from "../stages/stage.ts";
import { primaryOutput, readManifest } from "./manifest.ts";

/** What the pipeline came to, on stderr: the report's summary where there is one, else a line for each sealed stage. */
export async function printSummary(project: Project): Promise<void> {
  const { readReport, formatSummary } = await import("../stages/evaluate/index.ts");
  const report = await readReport(project);
  const lines =
    report === null
      ? await describeStages(project)
      : formatSummary(report, relative(process.cwd(), project.path(report.files.html)));
  process.stderr.write(`${lines.join("\n")}\n`);
}

async function describeStages(project: Project): Promise<string[]> {
  const lines: string[] = [];
  for (const stage of stageNames) {
    const manifest = await readManifest(project, primaryOutput(project, stage));
    if (manifest === null) continue;
    const counts = Object.entries(manifest.counts).map(
      ([name, count]) => `${formatCount(count)} ${name.replaceAll("_", " ")}`,
    );
    lines.push(`${stage.padEnd(9)} ${formatDuration(manifest.seconds)}: ${counts.join(", ")}`);
  }
  return lines;
}
