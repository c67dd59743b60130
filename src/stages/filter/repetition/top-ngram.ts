import { createCountTable } from "./count-table.ts";
import type { Words } from "./words.ts";

/** Characters that something takes up, and the code unit at which the first of it stands. */
export interface Extent {
  readonly characters: number;
  readonly offset: number;
}

const ngramWords = 3;
/** A paragraph may well name its subject so often. */
const fewestTimes = 6;

const table = createCountTable();

/**
 * The 3-gram of words, not of numbers, single letters and parts of addresses, that takes up most of a line, where it stands six times or
 * more; `first` is the line's first word, and its last one is the last of all.
 */
export function topNgramOf(words: Words, { text, first }: { text: string; first: number }): Extent {
  let top: Extent = { characters: 0, offset: 0 };
  const last = words.count - ngramWords;
  if (last - first + 1 < fewestTimes) return top;
  const { starts, ends, hashes, letterWords } = words;
  table.reset(last - first + 1);
  for (let place = first; place <= last; place++) {
    if (at(letterWords, place + ngramWords) - at(letterWords, place) < ngramWords) continue;
    if (!isFreeStanding(text, at(ends, place)) || !isFreeStanding(text, at(ends, place + 1))) continue;
    const hash = Math.imul(Math.imul(at(hashes, place), 31) + at(hashes, place + 1), 31) + at(hashes, place + 2);
    const times = table.increment(hash | 0);
    if (times < fewestTimes) continue;
    const characters = times * (at(ends, place + ngramWords - 1) - at(starts, place));
    if (characters > top.characters) top = { characters, offset: at(starts, place) };
  }
  // Of "yes yes yes yes", every word is in three of them.
  const lineCharacters = at(ends, words.count - 1) - at(starts, first);
  return { characters: Math.min(top.characters, lineCharacters), offset: top.offset };
}

/** Whether a word that ends here is followed by a blank, a comma or, in scripts without blanks, the next word. */
function isFreeStanding(text: string, end: number): boolean {
  const unit = text.charCodeAt(end);
  return unit <= 0x20 || unit === 0x2c || unit === 0xa0 || unit >= 0x2e80;
}

function at(array: Int32Array, index: number): number {
  return array[index] as number;
}
