import { hash } from "node:crypto";
import { normalizeText } from "../../../records/index.ts";
import { type Candidate, keep, type Rule, reject } from "../rule.ts";

/**
 * Rejects a row whose prompt and answer equal, but for case and white space, those of an earlier row that the other rules let pass: of
 * several the first good one is kept.
 */
export function duplicateRule(): Rule {
  const admitted = new Map<string, { id: string; sample: number }>();
  let latest: { candidate: Candidate; key: string } | null = null;
  // A candidate is checked and then, mostly, admitted: its key is made once.
  const keyOf = (candidate: Candidate): string => {
    if (latest?.candidate !== candidate) latest = { candidate, key: makeKey(candidate) };
    return latest.key;
  };
  return {
    name: "duplicates",
    reasons: ["duplicate"],
    check(candidate) {
      const earlier = admitted.get(keyOf(candidate));
      return earlier === undefined ? keep : reject("duplicate", { of: earlier.id, sample: earlier.sample });
    },
    admit(candidate) {
      admitted.set(keyOf(candidate), { id: candidate.row.id, sample: candidate.row.sample });
    },
  };
}

function makeKey({ row, answer }: Candidate): string {
  const question = row.messages.map(({ role, content }) => [role, normalizeText(content)]);
  return hash("sha256", JSON.stringify([question, normalizeText(answer)]), "base64");
}
