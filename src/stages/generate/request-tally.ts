import { loadTokenCounter, maxPromptTokens, type TokenCounter } from "../../models/index.ts";
import type { Message } from "../../records/index.ts";
import type { CountedCalls } from "../call-estimate.ts";
import { IdentitySet } from "../identity-set.ts";

/** A system message shorter than this is not cached by providers that cache unasked. @see https://platform.openai.com/docs/guides/prompt-caching */
const leastCached = 1024;

/** What a request takes. */
export interface RequestSize {
  readonly tokens: number;
  /** Of them, those of the system message. */
  readonly systemTokens: number;
  /** Tokens at most, however they are counted. */
  readonly mostTokens: number;
}

export function measureRequest(messages: readonly Message[], counter: TokenCounter): RequestSize {
  const [first] = messages;
  return {
    tokens: counter.messages(messages),
    // The counter knows a system message that it has met.
    systemTokens: first?.role === "system" ? counter.messages([first]) : 0,
    mostTokens: maxPromptTokens(messages),
  };
}

/** Sums up the calls of one model; each equal call counts once. */
export interface RequestTally {
  /** False where the call was counted before. */
  isNew(identity: string): boolean;
  addBought(): void;
  addToMake(size: RequestSize): void;
  counted(): CountedCalls;
}

export function createRequestTally(): RequestTally {
  const seen = new IdentitySet();
  let [toMake, alreadyBought, prompt, cacheable, longestPrompt] = [0, 0, 0, 0, 0];
  return {
    isNew: (identity) => seen.add(identity),
    addBought() {
      alreadyBought++;
    },
    addToMake({ tokens, systemTokens, mostTokens }) {
      toMake++;
      prompt += tokens;
      longestPrompt = Math.max(longestPrompt, mostTokens);
      if (systemTokens >= leastCached && toMake > 1) cacheable += systemTokens;
    },
    counted: () => ({
      calls: { toMake, alreadyBought },
      prompt: { low: prompt, high: prompt },
      cacheable,
      longestPrompt,
    }),
  };
}

/** Counts a run's calls while its prompts are checked: only what is still to be bought takes time. */
export interface RunTally {
  /** @param toMake the messages of a call that is to be made; null for one that is bought */
  add(identity: string, toMake: readonly Message[] | null): void | Promise<void>;
  counted(): CountedCalls;
}

export function createRunTally(): RunTally {
  const tally = createRequestTally();
  let counter: TokenCounter | null = null;
  const count = async (messages: readonly Message[]): Promise<void> => {
    counter ??= await loadTokenCounter();
    tally.addToMake(measureRequest(messages, counter));
  };
  return {
    counted: () => tally.counted(),
    add(identity, toMake) {
      if (!tally.isNew(identity)) return;
      if (toMake === null) tally.addBought();
      else if (counter === null) return count(toMake);
      else tally.addToMake(measureRequest(toMake, counter));
    },
  };
}
