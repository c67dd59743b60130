import { toSafeLine } from "../core/index.ts";
import { formatCommand } from "./command-line.ts";
import type { PipelineStatus, StageStatus } from "./status.ts";

/** What to do about each stage that needs it, a line each; nothing where all goes well. A stage that was stopped after another one needs nothing of its own. */
export function describeNextSteps({ project, stages }: PipelineStatus): string[] {
  const command = (words: string): string => `\`${formatCommand(words, { projectDir: project })}\``;
  const steps: string[] = [];
  for (const stage of stages) {
    const step = stage.state === "stopped" && steps.length > 0 ? null : describeStep(stage, command);
    if (step !== null) steps.push(`${stage.name}: ${step}`);
  }
  return steps;
}

function describeStep(
  { name, state, error, exitCode, hint }: StageStatus,
  command: (words: string) => string,
): string | null {
  switch (state) {
    case "failed":
      return `failed (exit code ${exitCode})${sentence(error)}. ${hint === null ? "" : `${toSafeLine(hint, 300)} `}See ${command(`logs ${name}`)}; ${command("launch")} starts it again and keeps what is finished.`;
    case "lost":
      return `${toSafeLine(error ?? "gone", 300)}. ${command("launch")} carries on from what is on the disk.`;
    case "stalled":
      return `alive, but nothing moves. See ${command(`logs ${name}`)}; ${command(`stop ${name}`)} and ${command("launch")} start it again.`;
    case "stopped":
      return `stopped. ${command("launch")} goes on from there.`;
    default:
      return null;
  }
}

function sentence(error: string | null): string {
  return error === null ? "" : `: ${toSafeLine(error, 300).replace(/[.]$/, "")}`;
}
