import { type GateRow, keep, type Rule, reject } from "../rule.ts";

/** What a provider's content filter is called where an answer or its failure tells of it. */
const filtered = "content_filter";

/** The safety flags that the teacher's provider put on a row: `content_filter`, or none. */
export function providerFlags({ finish_reason, error }: Pick<GateRow, "finish_reason" | "error">): string[] {
  // `content-filter` is ours and AI SDK's; OpenAI writes `content_filter`, Google `SAFETY`, and strangers' files hold what they were given.
  const isFiltered = /^(?:content[-_]filter|safety)$/i.test(finish_reason) || error?.startsWith(filtered) === true;
  return isFiltered ? [filtered] : [];
}

/** Rejects answers that the provider's content filter stopped or marked. A row that has no answer because of it is rejected as one without. */
export const providerFlagRule: Rule = {
  name: "provider's flags",
  reasons: ["safety_flag"],
  check({ row, answer }) {
    if (answer.trim() === "") return keep;
    const flags = providerFlags(row);
    if (flags.length === 0) return keep;
    return reject("safety_flag", { source: "provider", flags, finish_reason: row.finish_reason });
  },
};
