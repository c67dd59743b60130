import { openCalls } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import { resolveModel } from "../../models/index.ts";
import { createCallProgress, describeCallSummary } from "../call-progress.ts";
import type { StageContext } from "../stage.ts";
import type { Judge } from "./gate.ts";
import { judgeRows, type RowToJudge } from "./judge.ts";
import { readRubric } from "./read-input.ts";

/** The judge that was chosen, ready to be asked through the project's ledger, limiter and budget. */
export interface Judging extends Disposable {
  readonly judge: Judge;
  /** Dollars that the verdicts cost, in this and earlier runs; known once all are there. */
  readonly costUsd: number;
}

/** @throws ConfigError for a rubric that cannot be read, or a judge that cannot be used. */
export async function openJudging(project: Project, context: StageContext): Promise<Judging> {
  const { choices, reporter, signal, retryFailed = false } = context;
  const rubric = await readRubric(project);
  const model = await resolveModel(choices.judge.model, { models: project.nexa.models, dir: project.dir });
  const { criteria, max_tokens: maxTokens } = project.filters.judge;
  const calls = openCalls(project, { budgetUsd: choices.budgetUsd });
  let costUsd = 0;
  return {
    async *judge(batches) {
      const progress = createCallProgress(reporter, { total: 0, label: "judging", unit: "verdicts" });
      const rows = announce(batches, (more) => progress.expect(more));
      try {
        yield* judgeRows(rows, { calls, model, rubric, criteria, maxTokens, signal, retryFailed, progress });
      } catch (error) {
        throw progress.explainEnd(error);
      }
      const summary = progress.end();
      costUsd = summary.answersCostUsd;
      for (const line of describeCallSummary(summary, "verdicts")) reporter.info(line);
    },
    get costUsd() {
      return costUsd;
    },
    [Symbol.dispose]: () => calls[Symbol.dispose](),
  };
}

async function* announce(
  batches: AsyncIterable<readonly RowToJudge[]>,
  expect: (more: number) => void,
): AsyncGenerator<RowToJudge> {
  for await (const batch of batches) {
    expect(batch.length);
    yield* batch;
  }
}
