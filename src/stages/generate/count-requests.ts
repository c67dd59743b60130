import { identifyCall, type Ledger } from "../../calls/index.ts";
import { loadTokenCounter, type ModelDescription, maxPromptTokens } from "../../models/index.ts";
import type { CountedCalls } from "../call-estimate.ts";
import { IdentitySet } from "../identity-set.ts";
import type { NumberedPrompt } from "./input/numbered-prompt.ts";
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

/** A system message shorter than this is not cached by providers that cache unasked. @see https://platform.openai.com/docs/guides/prompt-caching */
const leastCached = 1024;
const tellEvery = 1_000;

/** Reads the prompts once: which calls are bought already, and how many tokens the others have. Each equal call counts once. */
export async function countRequests(work: TeacherWork, options: CountRequestsOptions): Promise<RequestCount> {
  const { ledger, models, onProgress, visit } = options;
  const counter = await loadTokenCounter();
  const tallies = models.map((model) => ({ model, seen: new IdentitySet(), ...emptyTally }));
  const samples = Array.from({ length: work.samplesPerPrompt }, (_, sample) => sample);
  let [prompts, askedTokens] = [0, 0];
  for await (const { prompt } of work.prompts.rows()) {
    visit?.(prompt);
    const { messages } = requestOf(prompt, { context: work, sample: 0, tag: 0 });
    const tokens = counter.messages(messages);
    const [first] = messages;
    // The counter knows a system message that it has met.
    const systemTokens = first?.role === "system" ? counter.messages([first]) : 0;
    askedTokens += samples.length * (tokens - systemTokens + counter.text(prompt.reference ?? ""));
    for (const tally of tallies) {
      for (const sample of samples) {
        const { identity } = identifyCall(tally.model, requestOf(prompt, { context: work, sample, tag: 0 }));
        if (!tally.seen.add(identity)) continue;
        if (ledger?.has(identity)) tally.alreadyBought++;
        else {
          tally.toMake++;
          tally.prompt += tokens;
          tally.longestPrompt = Math.max(tally.longestPrompt, maxPromptTokens(messages));
          if (systemTokens >= leastCached && tally.toMake > 1) tally.cacheable += systemTokens;
        }
      }
    }
    if (++prompts % tellEvery === 0) onProgress?.(prompts * samples.length);
  }
  return { perModel: tallies.map(toCounted), askedTokens };
}

const emptyTally = { toMake: 0, alreadyBought: 0, prompt: 0, cacheable: 0, longestPrompt: 0 };

function toCounted({ toMake, alreadyBought, prompt, cacheable, longestPrompt }: typeof emptyTally): CountedCalls {
  return { calls: { toMake, alreadyBought }, prompt: { low: prompt, high: prompt }, cacheable, longestPrompt };
}
