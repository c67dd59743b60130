import { createCountTable } from "./count-table.ts";
import type { Extent } from "./top-ngram.ts";
import type { Words } from "./words.ts";

const ngramWords = 10;
/** Longer than what a template has between two of its slots. */
const longWords = 30;
const base = 0x01000193;
/** The weight of the word that leaves a rolling hash of ten. */
const outgoing = Array.from({ length: ngramWords }).reduce<number>((product) => Math.imul(product, base), 1);

const table = createCountTable();

/**
 * What repeated 10-grams take up, where they make a loop, i.e. go on for as long as they are away from where they stood before, or, unless
 * only loops are asked for, for thirty words.
 */
export function repeatedNgramsOf(words: Words, { isLoopOnly }: { isLoopOnly: boolean }): Extent {
  const { count, hashes, starts, ends } = words;
  let characters = 0;
  let offset = 0;
  let coveredTo = 0;
  // The stretch at hand: its first word, the one behind its last, and how far back the same words stand.
  let first = 0;
  let end = 0;
  let distance = 0;
  let hash = 0;
  table.reset(count);
  for (let place = 0; place <= count; place++) {
    let back = 0;
    if (place < count) {
      hash = (Math.imul(hash, base) + at(hashes, place)) | 0;
      if (place >= ngramWords) hash = (hash - Math.imul(outgoing, at(hashes, place - ngramWords))) | 0;
      if (place < ngramWords - 1) continue;
      // 0 is for none, so places are kept one higher.
      const before = table.swap(hash, place + 1);
      back = before === 0 ? 0 : place + 1 - before;
    }
    if (back === distance) {
      end = place + 1;
      continue;
    }
    const isLong = end - first >= (isLoopOnly ? distance : Math.min(distance, longWords));
    if (distance > 0 && isLong && isMostlyLetters(words, { first, end })) {
      if (characters === 0) offset = at(starts, first);
      const from = Math.max(coveredTo, at(starts, first));
      coveredTo = at(ends, end - 1);
      characters += Math.max(0, coveredTo - from);
    }
    first = place - ngramWords + 1;
    end = place + 1;
    distance = back;
  }
  return { characters, offset };
}

function isMostlyLetters({ letterWords }: Words, { first, end }: { first: number; end: number }): boolean {
  return (at(letterWords, end) - at(letterWords, first)) * 2 >= end - first;
}

function at(array: Int32Array, index: number): number {
  return array[index] as number;
}
