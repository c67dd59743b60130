import { mixBits } from "../duplicates/mix-bits.ts";
import { highBase, lowBase } from "../duplicates/rolling-hash.ts";
import type { ScannedText } from "../duplicates/scan-text.ts";
import { nextSlot } from "./gram-table.ts";
import type { HeldOutIndex } from "./held-out-index.ts";

/** Fewest words of a text that is found as a sentence of a longer one; shorter ones must be all that is asked. */
const fewestWordsInside = 3;

export interface WholeMatchOptions {
  readonly index: HeldOutIndex;
  readonly row: Pick<ScannedText, "words" | "begins" | "wordCount">;
  /** Of the row's words, those of its request. */
  readonly requestCount: number;
}

/**
 * The texts that stand in a row as a whole, from its word `from` on. A text of an n-gram or more may stand anywhere; a shorter one must be a
 * sentence or line of its own, or several, as few words come together by chance; one of one or two words must be the whole request.
 */
export function* findWholes({ index, row, requestCount }: WholeMatchOptions, from: number): Generator<number> {
  const { wholes, wholeLengths, size } = index;
  const { words, begins, wordCount } = row;
  let [low, high, read] = [0, 0, 0];
  for (const length of wholeLengths) {
    if (from + length > wordCount) return;
    for (; read < length; read++) {
      const word = words[from + read] as number;
      low = (Math.imul(low, lowBase) + word) | 0;
      high = (Math.imul(high, highBase) + word) | 0;
    }
    const end = from + length;
    const isUnit = begins[from] === 1 && (end === wordCount || begins[end] === 1);
    const isRequest = from === 0 && end === requestCount;
    if (length < size && !(length < fewestWordsInside ? isRequest : isUnit)) continue;
    const key = mixBits(high);
    for (let slot = nextSlot(wholes, key, mixBits(low)); slot !== -1; slot = nextSlot(wholes, key, slot + 1)) {
      yield (wholes.values[slot] as number) - 1;
    }
  }
}
