import type { Project } from "../../config/index.ts";
import type { CheckSetup } from "./check-setup.ts";
import { loadRuleContext } from "./create-rules.ts";
import type { GateInput } from "./gate-input.ts";
import { findHeldOut } from "./held-out.ts";
import { checkSqlRules } from "./own-rules/index.ts";

export interface CheckSetupOptions {
  readonly input: Pick<GateInput, "path" | "file" | "rows">;
  readonly hasJudge: boolean;
  /** The student that was chosen: tokens may be counted in its own. */
  readonly studentModel: string;
  readonly signal: AbortSignal;
}

/**
 * Everything that checking the input's rows depends on, found out once and handed to each thread.
 * @throws ConfigError for an SQL rule that is wrong; DataError naming a benchmark file that cannot be read.
 */
export async function createCheckSetup(
  project: Project,
  { input, hasJudge, studentModel, signal }: CheckSetupOptions,
): Promise<CheckSetup> {
  const { path, file } = input;
  const { filters } = project;
  await checkSqlRules(filters.rules, { path, file });
  const { index: heldOut, trainedOn } = await findHeldOut(project, { ...input, signal });
  const rules = await loadRuleContext(project, studentModel);
  return { path, file, filters, rules, hasJudge, heldOut, trainedOn };
}
