import { configDocuments } from "../../../config/index.ts";
import { ConfigError } from "../../../core/index.ts";
import { keep, type Rule, reject } from "../rule.ts";

/** Fewer letters than this say too little. */
const fewestLetters = 120;
/** The detector looks at about 350 bytes; of a longer text no more than this is cleaned for it. */
const cleanedCharacters = 2000;

/** Less than this share of letters and blanks is code or a table more than it is a language. */
const fewestPlain = 0.75;
/** An allowed language that comes so near to the one found could be the text's. */
const nearEnough = 0.85;

/** Codes that people use for what the detector calls otherwise, or takes for one. */
const aliases: Readonly<Record<string, string>> = { nb: "no", nn: "no", id: "ms", bs: "hr", iw: "he", fil: "tl" };

/**
 * Rejects answers that are surely in a language other than the given ones (ISO 639-1). Kept are a short text, one that is mostly code,
 * and one whose language cannot be told for sure, or hardly from an allowed one that is its neighbour (Norwegian and Danish).
 * @throws ConfigError (exit 2) naming basic.languages for a language that the detector does not know.
 */
export async function languageRule(languages: readonly string[], configPath?: string): Promise<Rule> {
  // The smallest of its databases tells sentences of 140 characters apart as well as the largest does, within half a percent.
  const { eld } = await import("eld/extrasmall");
  const known = Object.values(eld.info().Languages as Readonly<Record<string, string>>);
  const allowed = new Set(languages.map((language) => aliases[language] ?? language));
  const unknown = [...allowed].find((language) => !known.includes(language));
  if (unknown !== undefined)
    throw new ConfigError(`\`basic.languages\` holds \`${unknown}\`, which cannot be told from other languages`, {
      file: configPath ?? configDocuments.filters.path,
      hint: `Known are ${[...known].sort().join(", ")}.`,
    });
  return {
    name: "language",
    reasons: ["language"],
    check({ answer }) {
      const prose = proseOf(answer);
      const { letters, blanks } = countPlain(prose);
      if (letters < fewestLetters || letters + blanks < prose.length * fewestPlain) return keep;
      const found = eld.detect(prose);
      if (allowed.has(found.language) || found.language === "" || !found.isReliable()) return keep;
      const scores = found.getScores();
      const score = scores[found.language] ?? 0;
      const isNear = [...allowed].some((language) => (scores[language] ?? 0) >= score * nearEnough);
      return isNear ? keep : reject("language", { language: found.language, allowed: [...languages] });
    },
  };
}

/** The text's beginning without code, formulas, addresses and the member names of JSON, whose words are English in any language. */
function proseOf(text: string): string {
  const head = text.slice(0, cleanedCharacters);
  return head
    .replace(/```[^`]{0,4000}(?:```|$)/g, " ")
    .replace(/`[^`\n]{1,200}`|\$[^$\n]{1,200}\$|https?:\/\/\S{1,200}|"[\w $-]{1,60}"\s?:/g, " ");
}

/** Letters, about (everything but ASCII's digits and signs), and blanks. */
function countPlain(text: string): { readonly letters: number; readonly blanks: number } {
  let letters = 0;
  let blanks = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const lower = unit | 0x20;
    if (unit <= 0x20) blanks++;
    else if ((lower >= 0x61 && lower <= 0x7a) || unit > 0xbf) letters++;
  }
  return { letters, blanks };
}
