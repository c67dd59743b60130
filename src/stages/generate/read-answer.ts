import type { LedgerCall } from "../../calls/index.ts";
import type { AnswerFormat } from "./answer-format.ts";

/** What a row gets of a bought call. */
export interface ReadAnswer {
  /** Null exactly where `error` is set: what breaks its schema is no answer either, for all that come after. The ledger has the text. */
  readonly text: string | null;
  readonly reasoning: string | null;
  /** `code: why`, for an answer that is none, or not the one that was asked for. */
  readonly error: string | null;
}

/**
 * Reads a bought call. Reasoning that an open model writes into its answer is taken out of it: from `<think>` at the very beginning to
 * `</think>`. Where it does not end, as the tokens did, there is no answer. Anywhere else the tags are text like any other.
 */
export function readAnswer(call: LedgerCall, format: AnswerFormat | null): ReadAnswer {
  const { finish_reason: finishReason } = call;
  const { text, reasoning: thought } = splitThinking(call);
  const reasoning = [call.reasoning, thought].filter((part) => part !== null && part !== "").join("\n\n") || null;
  if (finishReason === "content-filter") {
    return { text: null, reasoning, error: "content_filter: the provider's content filter stopped the answer" };
  }
  if (text.trim() === "") return { text: null, reasoning, error: explainEmpty(finishReason, reasoning) };
  const error = format?.check(text) ?? null;
  return { text: error === null ? text : null, reasoning, error };
}

function explainEmpty(finishReason: string, reasoning: string | null): string {
  if (finishReason === "length" && reasoning !== null)
    return "truncated_reasoning: max_tokens ended before the reasoning did";
  return `empty: the answer has no text (${finishReason})`;
}

const [opening, closing] = ["<think>", "</think>"];

function splitThinking({ text, finish_reason: finishReason }: LedgerCall): { text: string; reasoning: string | null } {
  const start = text.search(/\S/);
  if (start === -1 || !text.startsWith(opening, start)) return { text, reasoning: null };
  const from = start + opening.length;
  const end = text.indexOf(closing, from);
  if (end === -1)
    return finishReason === "length" ? { text: "", reasoning: text.slice(from).trim() } : { text, reasoning: null };
  return { text: text.slice(end + closing.length).trimStart(), reasoning: text.slice(from, end).trim() };
}
