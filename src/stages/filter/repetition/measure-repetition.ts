import { isMostlyCode, type Line, linesOf } from "./lines.ts";
import { repeatedNgramsOf } from "./repeated-ngrams.ts";
import { type Extent, topNgramOf } from "./top-ngram.ts";
import { addWords, createWords } from "./words.ts";

/** How much of an answer is repetition, 0 to 1, in characters, and the code unit at which the first of it stands. */
export interface RepeatedShare {
  readonly share: number;
  readonly offset: number;
}

export interface Repetition {
  /** Of lines of five words or more that stood there before. */
  readonly repeatedLines: RepeatedShare;
  /** Of the word 3-gram that is most frequent within one line. */
  readonly topNgram: RepeatedShare;
  /** Of word 10-grams that stood there before, in stretches that no template makes. */
  readonly repeatedNgrams: RepeatedShare;
}

const fewestLineWords = 5;
const nothing: Extent = { characters: 0, offset: 0 };

// One answer is measured at a time, so that its arrays can serve the next.
const prose = createWords();
const structure = createWords();

/**
 * Measures repetition in time linear in the text. The measures are those of Gopher, changed so that one form used often is no repetition:
 * a 3-gram counts within a line, so that lists and templates may repeat their phrases; a 10-gram counts where the text goes on repeating past
 * a template's next slot; in tables and code only loops count, and in JSON no 3-gram.
 * @see https://arxiv.org/abs/2112.11446 appendix A1.1
 */
export function measureRepetition(text: string): Repetition {
  const size = Math.max(1, text.trim().length);
  const isJson = /^\s*[{[]/.test(text);
  prose.count = 0;
  structure.count = 0;
  let top = nothing;
  const lines = { ...nothing };
  const seen = new Set<number>();
  for (const line of linesOf(text)) {
    if (line.kind !== "prose") {
      if (!addWords(structure, text, line)) break;
      continue;
    }
    const first = prose.count;
    if (!addWords(prose, text, line)) break;
    countLine(line, { first, seen, lines });
    const ngram = isJson ? top : topNgramOf(prose, { text, first });
    if (ngram.characters > top.characters) top = ngram;
  }
  let inProse = repeatedNgramsOf(prose, { isLoopOnly: false });
  const inStructure = repeatedNgramsOf(structure, { isLoopOnly: true });
  // Looked at last, as it matters for few.
  if (inProse.characters + top.characters + lines.characters > 0 && isMostlyCode(text)) {
    inProse = repeatedNgramsOf(prose, { isLoopOnly: true });
    top = nothing;
    Object.assign(lines, nothing);
  }
  const share = ({ characters, offset }: Extent): RepeatedShare => ({ share: characters / size, offset });
  return {
    repeatedLines: share(lines),
    topNgram: share(top),
    repeatedNgrams: share({
      characters: inProse.characters + inStructure.characters,
      offset: inProse.characters > 0 ? inProse.offset : inStructure.offset,
    }),
  };
}

interface LineCount {
  /** The line's first word. */
  readonly first: number;
  /** Hashes of the lines before. */
  readonly seen: Set<number>;
  readonly lines: { characters: number; offset: number };
}

/** Notes a line of some words, and its length where the same words stood in a line before. */
function countLine({ from, to }: Line, { first, seen, lines }: LineCount): void {
  const { count, hashes, letterWords } = prose;
  if ((letterWords[count] as number) - (letterWords[first] as number) < fewestLineWords) return;
  let hash = count - first;
  for (let place = first; place < count; place++) hash = Math.imul(hash, 31) + (hashes[place] as number);
  if (!seen.has(hash | 0)) {
    seen.add(hash | 0);
    return;
  }
  if (lines.characters === 0) lines.offset = from;
  lines.characters += to - from;
}
