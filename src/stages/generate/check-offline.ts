import type { Project } from "../../config/index.ts";
import { DataError, exitCodes, formatCount, toSafeLine } from "../../core/index.ts";
import { parseRequest } from "../../models/bench-science/index.ts";
import { benchScienceName, howToUse } from "../../models/index.ts";
import type { Choices } from "../stage.ts";
import type { NumberedPrompt } from "./input/numbered-prompt.ts";

/** Prompts that the procedural teacher cannot answer, where it is the one that answers. */
export interface UnknownPrompts {
  readonly count: number;
  readonly first: NumberedPrompt | null;
  see(prompt: NumberedPrompt): void;
}

export function createUnknownPrompts({ teacher }: Choices): UnknownPrompts {
  const isProcedural = teacher.model === benchScienceName;
  let [count, first]: [number, NumberedPrompt | null] = [0, null];
  return {
    get count() {
      return count;
    },
    get first() {
      return first;
    },
    see(prompt) {
      if (!isProcedural || parseRequest(prompt.prompt) !== null) return;
      count++;
      first ??= prompt;
    },
  };
}

/**
 * Makes sure that the procedural teacher, where it is the one that answers, knows every prompt.
 * @throws DataError with exit code 2 for the first prompt that it does not know, naming the key to set and the budget to give.
 */
export async function assertTeacherKnows(
  { count, first }: UnknownPrompts,
  { project, choices }: { project: Project; choices: Choices },
): Promise<void> {
  if (first === null) return;
  const more = count === 1 ? "" : `, and ${formatCount(count - 1)} more prompts like it`;
  const { model } = project.distill.teacher;
  const remedy = choices.teacher.isOffline
    ? await howToUse({ model, budgetUsd: choices.budgetUsd, models: project.nexa.models })
    : "Name another teacher.model.";
  throw new DataError(
    `${benchScienceName} knows bench-science requests alone, not "${toSafeLine(first.prompt, 80)}"${more}`,
    {
      file: first.file,
      row: first.line,
      code: "unknown_prompt",
      exitCode: exitCodes.usage,
      hint: remedy,
    },
  );
}
