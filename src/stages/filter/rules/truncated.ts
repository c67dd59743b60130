import { keep, type Rule, reject } from "../rule.ts";

/** How models and their servers say, in capitals or not, that the answer stopped at the token limit. */
const cutReasons: readonly string[] = ["length", "model_length", "max_tokens", "max_output_tokens"];

/** Rejects an answer that was cut at the token limit: a student would learn to stop in the middle. */
export const truncatedRule: Rule = {
  name: "whole",
  reasons: ["truncated"],
  check({ row }) {
    if (!cutReasons.includes(row.finish_reason.toLowerCase())) return keep;
    return reject("truncated", { finish_reason: row.finish_reason, completion_tokens: row.completion_tokens });
  },
};
