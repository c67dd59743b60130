import { hash } from "node:crypto";
import type { ChatRequest, FakeUsage } from "./contract.ts";
import { mostTokens } from "./replies.ts";

/** Dollars a million tokens. */
export interface TokenPrices {
  readonly input: number;
  readonly cachedInput?: number;
  readonly output: number;
}

/** Work that was billed for one distinct request. */
export interface BillEntry {
  readonly model: string;
  /** The last user message. */
  readonly prompt: string;
  /** More than 1 was bought twice. */
  readonly times: number;
  /** Times that the answer left whole, to a client that was there, or stood in a batch's results. */
  readonly received: number;
  readonly costUsd: number;
}

export interface Bill {
  /** By a hash of the distinct request: model, messages and sampling, whatever the API and the order of the keys. */
  readonly entries: ReadonlyMap<string, BillEntry>;
  /** Answers billed, in all. */
  readonly billed: number;
  readonly costUsd: number;
  readonly billedTwice: readonly BillEntry[];
}

export interface BilledWork {
  readonly request: ChatRequest;
  readonly prompt: string;
  readonly usage: FakeUsage;
  readonly isBatch: boolean;
  readonly isReceived: boolean;
}

export interface Billing extends Bill {
  add(work: BilledWork): void;
}

/** What gpt-4o-mini costs. */
const usualPrices: TokenPrices = { input: 0.15, cachedInput: 0.075, output: 0.6 };
const batchShare = 0.5;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export function createBilling(prices: Readonly<Record<string, TokenPrices>> = {}): Billing {
  const entries = new Map<string, Mutable<BillEntry>>();
  const sum = { billed: 0, costUsd: 0 };
  return {
    entries,
    get billed() {
      return sum.billed;
    },
    get costUsd() {
      return sum.costUsd;
    },
    get billedTwice() {
      return [...entries.values()].filter(({ times }) => times > 1);
    },
    add({ request, prompt, usage, isBatch, isReceived }) {
      const costUsd = costOf(usage, prices[request.model] ?? usualPrices) * (isBatch ? batchShare : 1);
      sum.billed++;
      sum.costUsd += costUsd;
      const key = keyOf(request);
      const entry = entries.get(key) ?? { model: request.model, prompt, times: 0, received: 0, costUsd: 0 };
      entry.times++;
      entry.received += isReceived ? 1 : 0;
      entry.costUsd += costUsd;
      entries.set(key, entry);
    },
  };
}

function costOf(usage: FakeUsage, { input, cachedInput = input, output }: TokenPrices): number {
  const { prompt_tokens, completion_tokens, cached_tokens = 0 } = usage;
  return ((prompt_tokens - cached_tokens) * input + cached_tokens * cachedInput + completion_tokens * output) / 1e6;
}

function keyOf(request: ChatRequest): string {
  const { model, messages, temperature, top_p, seed, stop, reasoning_effort, response_format } = request;
  const said = messages.map(({ role, content }) => [role, content]);
  const parts = [model, said, mostTokens(request), temperature, top_p, seed, stop, reasoning_effort, response_format];
  return hash("sha1", JSON.stringify(parts), "base64url");
}
