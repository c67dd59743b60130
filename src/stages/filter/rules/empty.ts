import { excerpt, keep, type Rule, reject } from "../rule.ts";

/** Rejects a row without an answer. The other rules find nothing to measure in it, so this is its only reason. */
export const emptyRule: Rule = {
  name: "answer",
  reasons: ["empty"],
  check({ row, answer }) {
    if (answer.trim() !== "") return keep;
    return reject("empty", {
      answer: row.teacher_output === null ? null : "blank",
      finish_reason: row.finish_reason,
      error: row.error === null ? null : excerpt(row.error),
    });
  },
};
