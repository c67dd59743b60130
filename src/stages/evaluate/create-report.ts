import { basename } from "node:path";
import type { Project } from "../../config/index.ts";
import type { TeacherOutputRow } from "../../records/index.ts";
import type { PromptAnswers } from "./answer-prompts.ts";
import { chooseExamples } from "./examples.ts";
import type { LossCurve } from "./loss-curve.ts";
import { measure } from "./measure.ts";
import type { PipelineFacts } from "./pipeline-facts.ts";
import { type Report, reportSchema } from "./report-schema.ts";
import { type Score, scoreAnswer, uncheckedScore } from "./score.ts";

/** The answers to the test prompts; null where the configuration does not ask for them. */
export interface Evaluated {
  readonly trained: PromptAnswers;
  readonly untrained: PromptAnswers | null;
  readonly teacher: PromptAnswers | null;
}

export interface CreateReportInput {
  readonly project: Project;
  readonly facts: PipelineFacts;
  readonly prompts: readonly TeacherOutputRow[];
  readonly evaluated: Evaluated;
  /** Test prompts that share their group with a training row. */
  readonly overlap: number;
  readonly curve: LossCurve;
  readonly files: Report["files"];
  /** When the evaluation's input was ready, ms since the epoch. */
  readonly startedAt: number;
  readonly now?: Date;
}

/** Scores the answers and puts the report together. */
export function createReport(input: CreateReportInput): Report {
  const { project, facts, prompts, evaluated, overlap, curve, files, startedAt, now = new Date() } = input;
  const { checks, examples } = project.nexa.evaluation;
  const score = (answers: PromptAnswers) => ({ ...answers, scores: scoreAll(prompts, answers, checks) });
  const trained = score(evaluated.trained);
  const untrained = evaluated.untrained === null ? null : score(evaluated.untrained);
  const teacher = evaluated.teacher === null ? null : score(evaluated.teacher);
  const { student } = facts;
  const studentCost = evaluated.trained.costUsd + (evaluated.untrained?.costUsd ?? 0);
  return reportSchema.parse({
    schema_version: 1,
    created_at: now.toISOString(),
    project: basename(project.dir),
    counts: facts.counts,
    teacher: facts.teacher,
    judge: facts.judge,
    cost_usd: facts.costUsd + studentCost,
    student,
    evaluation: {
      n: prompts.length,
      checked: trained.scores.filter(({ isCorrect }) => isCorrect !== null).length,
      overlap_with_training: overlap,
      untrained: untrained === null ? null : measure({ ...untrained, model: student.model }),
      trained: measure({ ...trained, model: student.model }),
      teacher: teacher === null ? null : measure({ ...teacher, model: facts.teacher.model }),
    },
    stages: [
      ...facts.stages,
      { name: "evaluate", seconds: Math.max(0, now.getTime() - startedAt) / 1000, state: "done" },
    ],
    loss_curve: {
      source: facts.lossCurve,
      points: curve.training.length,
      first: curve.training[0] ?? null,
      last: curve.training.at(-1) ?? null,
      validation: curve.validation.at(-1) ?? null,
    },
    examples: chooseExamples({ prompts, trained, untrained, teacher, count: examples }),
    files,
    provenance: facts.provenance,
    versions: facts.versions,
  } satisfies Report);
}

function scoreAll(prompts: readonly TeacherOutputRow[], { answers }: PromptAnswers, checks: "auto" | "none"): Score[] {
  return prompts.map((prompt, index) =>
    checks === "none" ? uncheckedScore : scoreAnswer(prompt, answers[index] ?? null),
  );
}
