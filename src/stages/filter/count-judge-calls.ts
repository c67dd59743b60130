import { identifyCall, type Ledger } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import {
  judgeMessages,
  loadTokenCounter,
  type ModelDescription,
  maxPromptTokens,
  type TokenCounter,
} from "../../models/index.ts";
import type { AnswersToCome, CountedCalls } from "../call-estimate.ts";
import { IdentitySet } from "../identity-set.ts";
import { checkInput } from "./check-input.ts";
import { createCheckSetup } from "./create-check-setup.ts";
import { openSealedInput } from "./gate-input.ts";
import { createJudgeRequests, type JudgeRequests, type RowToJudge } from "./judge-requests.ts";

export interface CountOptions {
  readonly project: Project;
  readonly ledger: Ledger | null;
  readonly rubric: string;
  /** Counted for each of them, as their calls differ. */
  readonly models: readonly ModelDescription[];
  /** The student that was chosen: tokens may be counted in its own. */
  readonly studentModel: string;
}

export interface JudgeCalls {
  /** Answers, those included that are not judged. */
  readonly rows: number;
  /** One for each of the models. */
  readonly counted: readonly CountedCalls[];
}

/** One request for each answer that is to come, between short answers and long ones. */
export async function expectJudgeCalls(
  { rows, promptTokens, answerTokens }: AnswersToCome,
  { project, rubric, models }: CountOptions,
): Promise<JudgeCalls> {
  const { criteria } = project.filters.judge;
  const empty = judgeMessages({ rubric, judged: { request: "", answer: "" }, criteria });
  const around = (await loadTokenCounter()).messages(empty);
  const withAnswers = (tokens: number): number => rows * (around + tokens) + promptTokens;
  const prompt = { low: withAnswers(answerTokens.low), high: withAnswers(answerTokens.high) };
  const longestPrompt = rows === 0 ? 0 : Math.ceil(prompt.high / rows);
  const calls = { toMake: rows, alreadyBought: 0 };
  return { rows, counted: models.map(() => ({ calls, prompt, longestPrompt })) };
}

/**
 * The requests as they will be made for the sealed answers that pass the free rules, each equal one once.
 * @throws DataError for sealed answers that cannot be read.
 */
export async function countJudgeCalls(options: CountOptions): Promise<JudgeCalls> {
  const { project, models, studentModel } = options;
  const { signal } = new AbortController();
  const input = await openSealedInput(project);
  const setup = await createCheckSetup(project, { input, hasJudge: true, studentModel, signal });
  await using checked = await checkInput(setup, { rows: input.rows, signal });
  const counter = await loadTokenCounter();
  const counters = models.map((model) => createCounter(model, { ...options, counter }));
  for await (const { toJudge } of checked.chunks) for (const row of toJudge) for (const { add } of counters) add(row);
  return { rows: input.rows, counted: counters.map(({ counted }) => counted()) };
}

function createCounter(
  model: ModelDescription,
  { project, ledger, rubric, counter }: CountOptions & { readonly counter: TokenCounter },
): { add(row: RowToJudge): void; counted(): CountedCalls } {
  const { criteria, max_tokens: maxTokens } = project.filters.judge;
  const requests: JudgeRequests = createJudgeRequests({ model, rubric, criteria, maxTokens });
  const seen = new IdentitySet();
  let [toMake, alreadyBought, tokens, longestPrompt] = [0, 0, 0, 0];
  return {
    add(row) {
      const request = requests.first(row);
      const { identity } = identifyCall(model, request);
      if (!seen.add(identity)) return;
      if (ledger?.has(identity)) {
        alreadyBought++;
        return;
      }
      toMake++;
      tokens += counter.messages(request.messages);
      longestPrompt = Math.max(longestPrompt, maxPromptTokens(request.messages));
    },
    counted: () => ({ calls: { toMake, alreadyBought }, prompt: { low: tokens, high: tokens }, longestPrompt }),
  };
}
