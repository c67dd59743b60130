import type { Project } from "../config/index.ts";
import { UsageError } from "../core/index.ts";
import { chooseModel, type ModelChoice } from "../models/index.ts";
import type { Choices, StageName } from "../stages/stage.ts";

export interface ChoiceOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Dollars of `--budget`; the config's budget_usd otherwise. */
  readonly budgetUsd?: number | undefined;
}

export const roles = ["teacher", "judge", "student"] as const;
export type Role = (typeof roles)[number];

/** Whose choice a stage announces and seals. */
export const stageRoles: Readonly<Record<StageName, readonly Role[]>> = {
  generate: ["teacher"],
  filter: ["judge"],
  package: ["student"],
  train: ["student"],
  evaluate: ["student"],
};

/**
 * Which model plays which role. A role that cannot be filled throws when it is asked for, so that a stage fails for its own roles alone.
 * @throws UsageError (from the role's getter) when a priced model has no budget or key and no `offline:` model stands in.
 */
export async function resolveChoices(
  project: Project,
  { env = process.env, budgetUsd }: ChoiceOptions = {},
): Promise<Choices> {
  const budget = budgetUsd ?? project.distill.budget_usd;
  const common = { budgetUsd: budget, models: project.nexa.models, env };
  const [teacher, judge, student] = await Promise.allSettled([
    chooseModel({ role: "teacher", ...project.distill.teacher, ...common }),
    chooseModel({ role: "judge", ...project.filters.judge, ...common }),
    chooseStudent(project.train.student),
  ]);
  return {
    budgetUsd: budget,
    get teacher() {
      return unwrap(teacher);
    },
    get judge() {
      return unwrap(judge);
    },
    get student() {
      return unwrap(student);
    },
  };
}

function unwrap(choice: PromiseSettledResult<ModelChoice>): ModelChoice {
  if (choice.status === "rejected") throw choice.reason;
  return choice.value;
}

/** All roles decided now, as plain values that can be stored. */
export function freezeChoices(choices: Choices): Choices {
  const { teacher, judge, student, budgetUsd } = choices;
  return { teacher, judge, student, budgetUsd };
}

async function chooseStudent({ model, offline }: Project["train"]["student"]): Promise<ModelChoice> {
  if (model === "nexa:tiny") return { model, isOffline: false, reason: null };
  if (offline === null) {
    throw new UsageError(
      `The student ${model} needs a PyTorch environment, which is not set up, and student.offline is null`,
      {
        hint: "Set `student: {offline: nexa:tiny}` in the train config to use the embedded student.",
      },
    );
  }
  return { model: offline, isOffline: true, reason: `${model} needs a PyTorch environment, which is not set up` };
}
