import { openCalls } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import { formatCount, formatUsd, type Json, type Reporter, sha256Text } from "../../core/index.ts";
import { locateModel, resolveModel } from "../../models/index.ts";
import { teacherOutputSchema, writeParquet } from "../../records/index.ts";
import { type Choices, type Stage, type StageContext, type StageResult, sessionNames } from "../stage.ts";
import { askTeacher } from "./ask-teacher.ts";
import { assertTeacherKnows } from "./check-offline.ts";
import { outputRows, type RowTally } from "./output-rows.ts";
import { planWork } from "./plan-generate.ts";
import { readSystemPrompt } from "./system-prompt.ts";
import { readTeacherWork, type TeacherWork } from "./teacher-requests.ts";

/** Has the teacher answer the prompts: one row per prompt and sample, every answer through the ledger. */
export const generateStage: Stage = {
  name: "generate",
  session: sessionNames.generate,
  inputs: (project) => [project.distill.prompts].flat().map((path) => ({ path, from: null })),
  outputs: (project) => [project.distill.output],
  settings: generateSettings,
  run: runGenerate,
};

async function generateSettings(project: Project, choices: Choices): Promise<Json> {
  const { teacher, samples_per_prompt, max_samples } = project.distill;
  const { provider, origin, identity } = await locateModel(choices.teacher.model, { models: project.nexa.models });
  const system = await readSystemPrompt(project);
  return {
    teacher: { model: choices.teacher.model, provider, origin, identity },
    sampling: {
      temperature: teacher.temperature,
      top_p: teacher.top_p,
      seed: teacher.seed,
      max_tokens: teacher.max_tokens,
    },
    samples_per_prompt,
    max_samples,
    system_prompt_sha256: system === null ? null : sha256Text(system),
  };
}

async function runGenerate(project: Project, context: StageContext): Promise<StageResult> {
  const { choices, reporter, signal } = context;
  const work = await readTeacherWork(project, (message) => reporter.warn(message));
  await assertTeacherKnows(work, { project, choices });
  const model = await resolveModel(choices.teacher.model, { models: project.nexa.models, dir: project.dir });
  if (!model.isFree) for (const line of (await planWork(work, { project, choices })).lines) reporter.info(line);
  using calls = openCalls(project, { budgetUsd: choices.budgetUsd });
  const outcome = await askTeacher(work, { project, calls, model, reporter, signal });
  const tally: RowTally = { answers: 0, failed: new Map(), costUsd: 0 };
  const rows = outputRows({ work, outcome, ledger: calls.ledger, model: model.name, tally });
  await writeParquet(project.path(project.distill.output), {
    schema: teacherOutputSchema,
    rows,
    projectPath: project.distill.output,
  });
  reportEnd(reporter, { work, tally, fromLedger: outcome.fromLedger });
  const failed = work.rows - tally.answers;
  return {
    outputs: [{ path: project.distill.output, rows: work.rows }],
    counts: { prompts: work.prompts.length, answers: tally.answers, failed, from_ledger: outcome.fromLedger },
    costUsd: tally.costUsd,
    details: { teacher: model.name, is_offline: choices.teacher.isOffline, failures: Object.fromEntries(tally.failed) },
  };
}

function reportEnd(
  reporter: Reporter,
  { work, tally, fromLedger }: { work: TeacherWork; tally: RowTally; fromLedger: number },
): void {
  const kept = fromLedger === 0 ? "" : `, ${formatCount(fromLedger)} of them bought before`;
  reporter.info(
    `${formatCount(tally.answers)} of ${formatCount(work.rows)} answered${kept}, for ${formatUsd(tally.costUsd)}`,
  );
  if (tally.failed.size === 0) return;
  const codes = [...tally.failed].map(([code, count]) => `${code} ${formatCount(count)}`).join(", ");
  reporter.warn(
    `${formatCount(work.rows - tally.answers)} rows have no answer: ${codes}. They stand in the output with \`error\` set.`,
  );
}
