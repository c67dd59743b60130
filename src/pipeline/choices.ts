import { describeKeyPlace, type Project } from "../config/index.ts";
import { UsageError } from "../core/index.ts";
import { chooseModel, type ModelChoice } from "../models/index.ts";
import type { Choices, StageName } from "../stages/stage.ts";
import { primaryOutput, readManifest } from "./manifest.ts";
import { type Role, rolesOf } from "./roles.ts";

export interface ChoiceOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Dollars of `--budget`; the config's budget_usd otherwise. */
  readonly budgetUsd?: number | undefined;
}

/**
 * Which model plays which role. One that cannot be called now is `blocked`, which matters only to a stage that is not done; see assertNotBlocked.
 * A model that made what is sealed is not replaced by the offline one because a key or a budget has gone: paid rows are not made anew by a stand-in.
 */
export async function resolveChoices(project: Project, options: ChoiceOptions = {}): Promise<Choices> {
  const { env = process.env, budgetUsd = project.distill.budget_usd } = options;
  const common = { budgetUsd, models: project.nexa.models, env };
  const { teacher, judge } = { teacher: project.distill.teacher, judge: project.filters.judge };
  const [teacherChoice, judgeChoice, studentChoice] = await Promise.all([
    keepMaker(project, { role: "teacher", stage: "generate", model: teacher.model }, () =>
      chooseModel({
        role: "teacher",
        place: () => describeKeyPlace(project, "distill", ["teacher", "model"]),
        ...teacher,
        ...common,
      }),
    ),
    keepMaker(project, { role: "judge", stage: "filter", model: judge.model }, () =>
      chooseModel({
        role: "judge",
        place: () => describeKeyPlace(project, "filters", ["judge", "model"]),
        ...judge,
        ...common,
      }),
    ),
    orBlocked(project.train.student.model, () => chooseStudent(project.train.student)),
  ]);
  return { teacher: teacherChoice, judge: judgeChoice, student: studentChoice, budgetUsd };
}

/** @throws UsageError (exit 2) when a stage that has work to do needs a model that cannot be called. */
export function assertNotBlocked(
  stage: StageName,
  { choices, project }: { readonly choices: Choices; readonly project: Pick<Project, "filters"> },
): void {
  for (const role of rolesOf(stage, project)) {
    const { blocked } = choices[role];
    if (blocked !== undefined) throw new UsageError(blocked.message, { code: "no_model", hint: blocked.hint });
  }
}

interface Maker {
  readonly role: Role;
  readonly stage: StageName;
  /** The model that the configuration names. */
  readonly model: string;
}

async function keepMaker(
  project: Project,
  { role, stage, model }: Maker,
  choose: () => Promise<ModelChoice>,
): Promise<ModelChoice> {
  const choice = await orBlocked(model, choose);
  if (!choice.isOffline) return choice;
  const sealed = (await readManifest(project, primaryOutput(project, stage)))?.choices[role];
  if (sealed === undefined || sealed.is_offline || sealed.model !== model) return choice;
  const message = `The ${role} ${model} made what is there, and cannot go on: ${choice.reason}`;
  const hint = `To start over with the offline ${role} instead: --set ${role}.model=${choice.model}`;
  return { model, isOffline: false, reason: null, blocked: { message, hint } };
}

async function orBlocked(model: string, choose: () => Promise<ModelChoice>): Promise<ModelChoice> {
  try {
    return await choose();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { model, isOffline: false, reason: null, blocked: { message: error.message, hint: error.hint } };
  }
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
