import type { Project } from "../../config/index.ts";
import { DataError, exitCodes, formatCount, toSafeLine } from "../../core/index.ts";
import { parseRequest } from "../../models/bench-science/index.ts";
import { benchScienceName, howToUse } from "../../models/index.ts";
import type { Choices } from "../stage.ts";
import type { TeacherWork } from "./teacher-requests.ts";

/** The prompts that the procedural teacher cannot answer, where it is the one that answers. */
export function unknownPrompts({ prompts }: TeacherWork, { teacher }: Choices): TeacherWork["prompts"] {
  return teacher.model === benchScienceName ? prompts.filter(({ prompt }) => parseRequest(prompt) === null) : [];
}

/**
 * Makes sure that the procedural teacher, where it is the one that answers, knows every prompt.
 * @throws DataError with exit code 2 for the first prompt that it does not know, naming the key to set and the budget to give.
 */
export async function assertTeacherKnows(
  work: TeacherWork,
  { project, choices }: { project: Project; choices: Choices },
): Promise<void> {
  const unknown = unknownPrompts(work, choices);
  const [first] = unknown;
  if (first === undefined) return;
  const more = unknown.length === 1 ? "" : `, and ${formatCount(unknown.length - 1)} more prompts like it`;
  const { model } = project.distill.teacher;
  const remedy = choices.teacher.isOffline
    ? await howToUse({ model, budgetUsd: choices.budgetUsd, models: project.nexa.models })
    : "Name another teacher.model.";
  throw new DataError(
    `${benchScienceName} knows bench-science requests alone, not "${toSafeLine(first.prompt, 80)}"${more}`,
    {
      file: work.file,
      row: first.line,
      code: "unknown_prompt",
      exitCode: exitCodes.usage,
      hint: remedy,
    },
  );
}
