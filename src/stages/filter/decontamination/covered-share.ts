import { GramMaker, type Grams } from "./text-grams.ts";

/** A text's n-gram in one number: enough of its bits to tell it from the others of one row and one text. */
function shortKey({ low, high }: Grams, gram: number): number {
  return ((low[gram] as number) >>> 0) * 2 ** 20 + ((high[gram] as number) & 0xf_ffff);
}

/**
 * The share of a text's n-grams that are left when each word that no n-gram of the row covers takes all n-grams with it that would hold it if
 * the text had neither beginning nor end. So a word that differs weighs the same wherever it stands: by plain overlap the first or last word
 * of a text, of which few n-grams know, could be another one, and in a template that word is often the one that matters.
 */
export function coveredShare(words: Int32Array, row: Grams, size: number): number {
  const text = new GramMaker(size).make(words, words.length);
  const found = new Map<number, boolean>();
  for (let gram = 0; gram < text.count; gram++) found.set(shortKey(text, gram), false);
  for (let gram = 0; gram < row.count; gram++) {
    const key = shortKey(row, gram);
    if (found.has(key)) found.set(key, true);
  }
  let lost = 0;
  let covered = 0;
  let isInGap = false;
  for (let word = 0; word < words.length; word++) {
    if (word < text.count && found.get(shortKey(text, word)) === true) covered = word + size;
    if (word < covered) isInGap = false;
    else {
      lost += isInGap ? 1 : size;
      isInGap = true;
    }
  }
  return Math.max(0, 1 - lost / words.length);
}
