import { keep, type Rule, reject } from "../rule.ts";
import { createSecretSearch, type FoundSecret } from "./secrets-search.ts";
import { mayHoldSecret } from "./secrets-sieve.ts";

/** Rejects answers with a key, token, private key or password in them, by secretlint's recommended rules. */
export async function secretsRule(): Promise<Rule> {
  const search = await createSecretSearch();
  return {
    name: "secrets",
    reasons: ["secret"],
    check({ answer }) {
      if (!mayHoldSecret(answer)) return keep;
      return search(answer).then((found) => (found === null ? keep : reject("secret", describe(found))));
    },
  };
}

/** Enough to find the secret, and not enough to use it: details are shown, stored and sent around. */
function describe({ rule, kind, text, offset }: FoundSecret): { [key: string]: string | number } {
  return { rule, kind, text: `${text.slice(0, 4).toWellFormed()}…`, characters: text.length, offset };
}
