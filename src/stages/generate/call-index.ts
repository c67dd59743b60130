import { type CallFailure, identifyCall, type Ledger } from "../../calls/index.ts";
import { formatCount } from "../../core/index.ts";
import { loadTokenCounter, type ModelDescription, maxPromptTokens, type TokenCounter } from "../../models/index.ts";
import type { Message } from "../../records/index.ts";
import type { NumberedPrompt } from "./input/numbered-prompt.ts";
import { readAnswer } from "./read-answer.ts";
import type { RunTally } from "./request-tally.ts";
import { type AskingContext, requestOf } from "./teacher-requests.ts";

const identityBytes = 32;
const blockRows = 8_192;

/** Identities of some rows, and dollars of those that were bought, NaN of the others. Blocks, as a buffer that doubles is held twice. */
interface Block {
  readonly identities: Buffer;
  readonly boughtUsd: Float64Array;
}

/** The calls of all rows, in some forty bytes each: the texts are in the files and in the ledger. */
export interface CallIndex {
  readonly rows: number;
  /** Rows that are to be asked. */
  readonly toAsk: number;
  /** The ledger's key of a row's call. */
  identity(row: number): string;
  isToAsk(row: number): boolean;
  /** Dollars of a row's call where it was bought before, else null. */
  boughtUsd(row: number): number | null;
  /** How often the row was answered to no use, and is asked again. */
  attempt(row: number): number;
  /** Rows that cannot be asked, and why. */
  readonly refused: ReadonlyMap<number, CallFailure>;
}

export interface CallIndexOptions {
  readonly model: ModelDescription;
  readonly ledger: Ledger;
  readonly context: AskingContext;
  /** Whether answers that are none, or break their schema, are asked for once more. */
  readonly retryFailed: boolean;
  /** Told of each call that is bought or to be made. */
  readonly tally?: RunTally | null;
}

/** Notes the calls of one prompt after the other, and which of them the ledger has. */
export function createCallIndex({ model, ledger, context, retryFailed, tally = null }: CallIndexOptions) {
  const blocks: Block[] = [];
  const attempts = new Map<number, number>();
  const refused = new Map<number, CallFailure>();
  const tooLong = createLengthCheck(model);
  let [rows, toAsk] = [0, 0];

  const blockOf = (row: number): Block => {
    const block = blocks[Math.floor(row / blockRows)];
    if (block === undefined) throw new RangeError(`There is no row ${row}`);
    return block;
  };
  const boughtUsd = (row: number): number => blockOf(row).boughtUsd[row % blockRows] ?? Number.NaN;

  const isSent = ledger.batches.awaited();
  const note = (identity: string, costUsd: number | null): void => {
    const at = rows % blockRows;
    if (at === 0)
      blocks.push({ identities: Buffer.alloc(identityBytes * blockRows), boughtUsd: new Float64Array(blockRows) });
    const block = blockOf(rows++);
    block.identities.write(identity, at * identityBytes, "hex");
    block.boughtUsd[at] = costUsd ?? Number.NaN;
  };

  /** The first call of a chain that is not in the ledger, or whose answer is one. */
  const followRetries = (prompt: NumberedPrompt, sample: number) => {
    for (let attempt = 0; ; attempt++) {
      const { identity } = identifyCall(model, requestOf(prompt, { context, sample, tag: rows, attempt }));
      const call = ledger.find(identity);
      if (call !== null && readAnswer(call, context.format).error !== null) continue;
      return { identity, attempt, costUsd: call?.cost_usd ?? null };
    }
  };

  const addRow = async (prompt: NumberedPrompt, sample: number): Promise<void> => {
    const request = requestOf(prompt, { context, sample, tag: rows });
    let { identity } = identifyCall(model, request);
    let costUsd = ledger.facts(identity)?.cost_usd ?? null;
    if (costUsd !== null && retryFailed) {
      const last = followRetries(prompt, sample);
      ({ identity, costUsd } = last);
      if (last.attempt > 0) attempts.set(rows, last.attempt);
    }
    const failure = costUsd === null ? tooLong(request.messages) : null;
    const refusal = failure instanceof Promise ? await failure : failure;
    if (refusal !== null) refused.set(rows, refusal);
    else if (costUsd === null) toAsk++;
    note(identity, costUsd);
    const isPaidFor = costUsd !== null || (tally !== null && isSent(identity));
    const counted = refusal === null ? tally?.add(identity, isPaidFor ? null : request.messages) : undefined;
    if (counted !== undefined) await counted;
  };

  const index: CallIndex = {
    get rows() {
      return rows;
    },
    get toAsk() {
      return toAsk;
    },
    refused,
    identity(row) {
      const from = (row % blockRows) * identityBytes;
      return blockOf(row).identities.toString("hex", from, from + identityBytes);
    },
    isToAsk: (row) => Number.isNaN(boughtUsd(row)) && !refused.has(row),
    boughtUsd: (row) => (Number.isNaN(boughtUsd(row)) ? null : boughtUsd(row)),
    attempt: (row) => attempts.get(row) ?? 0,
  };
  return {
    index,
    async add(prompt: NumberedPrompt): Promise<void> {
      for (let sample = 0; sample < context.samplesPerPrompt; sample++) await addRow(prompt, sample);
    },
  };
}

/** Our count is in o200k: exact for OpenAI's models, for others only near, so that they refuse themselves what is near the limit. */
const nearShare = 1.25;

/** Finds conversations that are longer than the model's context, counting only those that are long in bytes. */
function createLengthCheck({ contextTokens, provider, name }: ModelDescription) {
  let counter: TokenCounter | null = null;
  return (messages: readonly Message[]): null | Promise<CallFailure | null> => {
    if (contextTokens === null || maxPromptTokens(messages) <= contextTokens) return null;
    return countExactly(messages, contextTokens);
  };

  async function countExactly(messages: readonly Message[], most: number): Promise<CallFailure | null> {
    counter ??= await loadTokenCounter();
    const tokens = counter.messages(messages);
    if (tokens <= (["openai", "openai-responses"].includes(provider) ? most : most * nearShare)) return null;
    const message = `the prompt has ${formatCount(tokens)} tokens, and ${name} reads ${formatCount(most)}`;
    return { code: "prompt_too_long", message };
  }
}
