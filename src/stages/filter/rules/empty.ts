import type { ReasonCode } from "../../../records/index.ts";
import { excerpt, keep, type Rule, reject } from "../rule.ts";

/** What the teacher's call ended with, where a reason of the gate says more than `empty`. */
const reasonOfError: Readonly<Record<string, ReasonCode>> = {
  invalid_json: "invalid_json",
  json_schema: "json_schema",
  truncated_reasoning: "truncated",
};

/** Rejects a row without an answer. The other rules find nothing to measure in it, so this is its only reason. */
export const emptyRule: Rule = {
  name: "answer",
  reasons: ["empty", "invalid_json", "json_schema", "truncated"],
  check({ row, answer }) {
    if (answer.trim() !== "") return keep;
    // An error is written as `code: what happened`.
    const code = /^[a-z_]{1,40}/.exec(row.error ?? "")?.[0] ?? "";
    return reject(reasonOfError[code] ?? "empty", {
      answer: row.teacher_output === null ? null : "blank",
      finish_reason: row.finish_reason,
      error: row.error === null ? null : excerpt(row.error),
    });
  },
};
