import type { FiltersConfig } from "../../config/index.ts";

export type VerbPosition = FiltersConfig["basic"]["action_verb_position"];

export interface VerbFinderOptions {
  /** In lower case. */
  readonly forms: ReadonlySet<string>;
  readonly position: VerbPosition;
  /** What a word is made of: letters and their marks, or, as Python's `\w`, letters, digits and underscores. */
  readonly word: "letters" | "python";
}

const wordCharacters = { letters: "[\\p{L}\\p{M}]", python: "[\\p{L}\\p{N}_]" } as const;

/** Tells whether a text holds one of the forms as a word of its own, at the position asked for. */
export function createVerbFinder({ forms, position, word }: VerbFinderOptions): (text: string) => boolean {
  const character = wordCharacters[word];
  const isWord = new RegExp(`^${character}$`, "u");
  const pattern = new RegExp(
    [...forms].map((form) => RegExp.escape(form) + boundaryAfter(form, { character, isWord })).join("|"),
    "gu",
  );
  return (text) => {
    // Lower case first: a pattern that ignores case is several times slower, and knows fewer letters.
    const lower = text.toLowerCase();
    const searched = position === "first_sentence" ? firstSentence(lower) : lower;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(searched); match !== null; match = pattern.exec(searched)) {
      const isWhole = isWord.test(characterBefore(searched, match.index)) !== isWord.test(firstCharacter(match[0]));
      if (isWhole && (position !== "sentence_start" || isSentenceStart(searched, match.index))) return true;
      // A form can begin within another: "run" in "rerun-run".
      pattern.lastIndex = match.index + 1;
    }
    return false;
  };
}

/** What is not to follow a form: another word character; after a hyphen at its end, as for Python's `\b`, anything else. */
function boundaryAfter(form: string, { character, isWord }: { character: string; isWord: RegExp }): string {
  return isWord.test(form.at(-1) ?? "") ? `(?!${character})` : `(?=${character})`;
}

function firstCharacter(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0);
}

/** The code point that ends before an index; empty at the text's start. */
function characterBefore(text: string, index: number): string {
  if (index === 0) return "";
  const isSecondHalf = (text.charCodeAt(index - 1) & 0xfc00) === 0xdc00;
  return text.slice(isSecondHalf ? Math.max(0, index - 2) : index - 1, index);
}

const abbreviations = /(?:^|[\s(])(?:e\.g|i\.e|etc|approx|ca|cf|vs|fig|eq|no|dr|prof|st)\.$/;

/** Up to the first line end, or the first mark that ends a sentence and is followed by white space. */
function firstSentence(text: string): string {
  const start = text.search(/\S/);
  if (start === -1) return "";
  for (const { index, 0: end } of text.slice(start).matchAll(/[\n。！？]|[.!?…]["'”’)\]*_]{0,4}(?=\s)/g)) {
    const sentence = text.slice(start, start + index + end.length);
    if (!abbreviations.test(sentence.slice(-12))) return sentence;
  }
  return text.slice(start);
}

/** What can stand before the first word of a sentence, a line, a list item or a string of JSON: marks of Markdown, numbers, quotes. */
const start =
  /(?:^|\n|[.!?…。！？]["'”’)\]*_]{0,4}\s+|[:[,{]\s*(?="))[\s>#*_+"'“‘([|`•–—-]*(?:(?:step\s)?\(?\d{1,3}[.):]\s*|[a-z][.)]\s+)?(?:\[[ x]\]\s+)?[\s*_"'“‘(`]*$/;

function isSentenceStart(text: string, index: number): boolean {
  const from = Math.max(0, index - 48);
  const before = text.slice(from, index);
  // A cut in the middle of a text is no start of it.
  return start.test(from === 0 ? before : `x${before}`);
}
