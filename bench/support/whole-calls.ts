import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callAll, createBudget, createLimiter, type ModelRequest, openLedger } from "../../src/calls/index.ts";
import { resolveModel } from "../../src/models/index.ts";
import type { CallSet } from "./call-set.ts";

export interface WholeCalls extends CallSet {
  /** Calls in flight at the start; `concurrency` is the most. */
  readonly startConcurrency?: number;
  readonly maxTokens?: number;
  /** Told of each answer or failure as it comes. */
  readonly onAnswer?: (answer: { readonly isAnswered: boolean; readonly tries: number }) => void;
}

/** Through callAll: identity, ledger with fsync, limiter, deadline, retries. */
export async function runWhole(options: WholeCalls): Promise<void> {
  const {
    baseUrl,
    calls,
    concurrency,
    messagesOf,
    startConcurrency = concurrency,
    maxTokens = 100,
    onAnswer,
  } = options;
  const folder = mkdtempSync(join(tmpdir(), "nexa-bench-"));
  const entry = { provider: "openai-compatible", base_url: baseUrl, headers: {} } as const;
  const model = await resolveModel("fake", { models: { fake: entry }, env: {} });
  using ledger = openLedger(join(folder, "ledger.sqlite"));
  const answers = callAll(requestsOf({ calls, messagesOf, maxTokens }), {
    model,
    ledger,
    limiter: createLimiter({ start: startConcurrency, max: concurrency }),
    budget: createBudget({ ledger, budgetUsd: null }),
    role: "bench",
    signal: new AbortController().signal,
  });
  for await (const { error, tries } of answers) onAnswer?.({ isAnswered: error === null, tries });
  rmSync(folder, { recursive: true });
}

function* requestsOf({ calls, messagesOf, maxTokens }: Pick<CallSet, "calls" | "messagesOf"> & { maxTokens: number }) {
  for (let index = 0; index < calls; index++) {
    yield { tag: index, messages: messagesOf(index), maxTokens } satisfies ModelRequest<number>;
  }
}
