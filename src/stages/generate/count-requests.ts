import { identifyCall, type Ledger } from "../../calls/index.ts";
import { loadTokenCounter, type ModelDescription } from "../../models/index.ts";
import type { CountedCalls } from "../call-estimate.ts";
import type { NumberedPrompt } from "./input/numbered-prompt.ts";
import { createRequestTally, measureRequest } from "./request-tally.ts";
import { requestOf, type TeacherWork } from "./teacher-requests.ts";

export interface CountRequestsOptions {
  readonly ledger: Ledger | null;
  /** Models whose calls are counted, in one reading of the prompts. */
  readonly models: readonly ModelDescription[];
  /** Told now and then of the rows so far. */
  readonly onProgress?: ((rows: number) => void) | undefined;
  /** Told of every prompt. */
  readonly visit?: ((prompt: NumberedPrompt) => void) | undefined;
}

export interface RequestCount {
  /** By model, in the order given. */
  readonly perModel: readonly CountedCalls[];
  /** Tokens of what all rows ask, system messages left out, and of their references. */
  readonly askedTokens: number;
}

const tellEvery = 1_000;

/** Reads the prompts once: which calls are bought already, and how many tokens the others have. Each equal call counts once. */
export async function countRequests(work: TeacherWork, options: CountRequestsOptions): Promise<RequestCount> {
  const { ledger, models, onProgress, visit } = options;
  const counter = await loadTokenCounter();
  const tallies = models.map((model) => ({ model, tally: createRequestTally() }));
  const samples = Array.from({ length: work.samplesPerPrompt }, (_, sample) => sample);
  const isSent = ledger?.batches.awaited() ?? (() => false);
  let [prompts, askedTokens] = [0, 0];
  for await (const { prompt } of work.prompts.rows()) {
    visit?.(prompt);
    const size = measureRequest(requestOf(prompt, { context: work, sample: 0, tag: 0 }).messages, counter);
    askedTokens += samples.length * (size.tokens - size.systemTokens + counter.text(prompt.reference ?? ""));
    for (const { model, tally } of tallies) {
      for (const sample of samples) {
        const { identity } = identifyCall(model, requestOf(prompt, { context: work, sample, tag: 0 }));
        if (!tally.isNew(identity)) continue;
        if (ledger?.has(identity) || isSent(identity)) tally.addBought();
        else tally.addToMake(size);
      }
    }
    if (++prompts % tellEvery === 0) onProgress?.(prompts * samples.length);
  }
  return { perModel: tallies.map(({ tally }) => tally.counted()), askedTokens };
}
