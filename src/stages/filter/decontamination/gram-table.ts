import { powerOfTwoFrom } from "../duplicates/mix-bits.ts";

/**
 * Numbers above 0 by keys of 64 bits, several a key, in flat arrays: a key's low half says where it stands, its high half is kept. A
 * structured clone of one whose arrays are in shared memory is the same table.
 */
export interface GramTable {
  /** High halves by slot. */
  readonly high: Int32Array;
  /** By slot; 0: free. */
  readonly values: Int32Array;
  /** A bit for each key, by some bits of its high half: most keys that are not there are told by it alone. */
  readonly filter: Int32Array;
}

const filterBitsPerEntry = 16;

/** An empty table for at most so many entries, in memory that threads share. */
export function createGramTable(entries: number): GramTable {
  const slots = powerOfTwoFrom(1.6 * entries + 2);
  return {
    high: new Int32Array(new SharedArrayBuffer(4 * slots)),
    values: new Int32Array(new SharedArrayBuffer(4 * slots)),
    filter: new Int32Array(new SharedArrayBuffer(Math.max(64, powerOfTwoFrom(filterBitsPerEntry * entries) / 8))),
  };
}

export interface GramKey {
  readonly low: number;
  readonly high: number;
}

/** Adds a value to a key, unless the key has it. @returns whether it was added. */
export function addGram({ high: highs, values, filter }: GramTable, { low, high }: GramKey, value: number): boolean {
  const mask = values.length - 1;
  let slot = low & mask;
  for (; values[slot] !== 0; slot = (slot + 1) & mask) if (highs[slot] === high && values[slot] === value) return false;
  highs[slot] = high;
  values[slot] = value;
  const bit = high & (32 * filter.length - 1);
  filter[bit >>> 5] = (filter[bit >>> 5] as number) | (1 << (bit & 31));
  return true;
}

/** Whether the table may hold the key; false is certain. */
export function mayHold({ filter }: GramTable, high: number): boolean {
  const bit = high & (32 * filter.length - 1);
  return (((filter[bit >>> 5] as number) >>> (bit & 31)) & 1) === 1;
}

/** The slot of the key's first value from `slot` on, or -1. */
export function nextSlot({ high: highs, values }: GramTable, high: number, slot: number): number {
  const mask = values.length - 1;
  for (let at = slot & mask; values[at] !== 0; at = (at + 1) & mask) if (highs[at] === high) return at;
  return -1;
}
