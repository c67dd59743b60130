import { powerOfTwoFrom } from "../duplicates/mix-bits.ts";
import type { GramKey } from "./gram-table.ts";
import { GramMaker, type TextWords, wordsOf } from "./text-grams.ts";

/** In how many groups of texts each n-gram stands. */
export interface GramCounts {
  groupsWith(key: GramKey): number;
}

/** `groups` holds each text's group, by number. */
export function countGroups(
  source: TextWords,
  { groups, size }: { readonly groups: Int32Array; readonly size: number },
): GramCounts {
  const table = new CountTable(countGrams(source, size));
  const maker = new GramMaker(size);
  // Group by group, so that the last group that an n-gram stood in says whether it stood in this one.
  const order = Int32Array.from({ length: source.texts }, (_, text) => text);
  order.sort((a, b) => (groups[a] as number) - (groups[b] as number) || a - b);
  for (const text of order) {
    const words = wordsOf(source, text);
    const { count, low, high } = maker.make(words, words.length);
    for (let gram = 0; gram < count; gram++) {
      table.note({ low: low[gram] as number, high: high[gram] as number }, groups[text] as number);
    }
  }
  return { groupsWith: (key) => table.countOf(key) };
}

export function countGrams(source: TextWords, size: number): number {
  let total = 0;
  for (let text = 0; text < source.texts; text++) total += Math.max(0, wordsOf(source, text).length - size + 1);
  return total;
}

class CountTable {
  readonly #high: Int32Array;
  readonly #counts: Int32Array;
  readonly #lastGroups: Int32Array;

  constructor(entries: number) {
    const slots = powerOfTwoFrom(1.6 * entries + 2);
    this.#high = new Int32Array(slots);
    this.#counts = new Int32Array(slots);
    this.#lastGroups = new Int32Array(slots);
  }

  note(key: GramKey, group: number): void {
    const slot = this.#find(key);
    if (this.#counts[slot] !== 0 && this.#lastGroups[slot] === group) return;
    this.#high[slot] = key.high;
    this.#counts[slot] = (this.#counts[slot] as number) + 1;
    this.#lastGroups[slot] = group;
  }

  countOf(key: GramKey): number {
    return this.#counts[this.#find(key)] as number;
  }

  #find({ low, high }: GramKey): number {
    const mask = this.#counts.length - 1;
    let slot = low & mask;
    while (this.#counts[slot] !== 0 && this.#high[slot] !== high) slot = (slot + 1) & mask;
    return slot;
  }
}
