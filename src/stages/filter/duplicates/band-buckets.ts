import { mixBits, powerOfTwoFrom } from "./mix-bits.ts";
import { type RecordLayout, recordFlags } from "./record-layout.ts";

/** Records of all rows, one behind the other. */
export interface Records {
  readonly words: Int32Array;
  readonly rows: number;
  readonly layout: RecordLayout;
}

/**
 * Puts a bucket's number in the place of each band key: 0 for a key that only one row has, as most are, else 1, 2, ... over all bands.
 * @returns how many buckets there are.
 */
export function numberBuckets({ words, rows, layout }: Records): number {
  const mask = powerOfTwoFrom(2 * rows) - 1;
  const keys = new Int32Array(mask + 1);
  const found = new Int32Array(mask + 1);
  let buckets = 0;
  for (let band = 0; band < layout.bands; band++) {
    if (band > 0) found.fill(free);
    const place = layout.bandKeys + band;
    for (let row = 0; row < rows; row++) {
      if (!hasWords({ words, layout }, row)) continue;
      const key = words[row * layout.words + place] as number;
      const slot = findSlot(keys, found, key, mask);
      keys[slot] = key;
      if (found[slot] === free) found[slot] = once;
      else if (found[slot] === once) found[slot] = ++buckets;
    }
    for (let row = 0; row < rows; row++) {
      if (!hasWords({ words, layout }, row)) continue;
      const at = row * layout.words + place;
      words[at] = Math.max(0, found[findSlot(keys, found, words[at] as number, mask)] as number);
    }
  }
  return buckets;
}

const free = 0;
const once = -1;

function findSlot(keys: Int32Array, found: Int32Array, key: number, mask: number): number {
  let slot = mixBits(key) & mask;
  while (found[slot] !== free && keys[slot] !== key) slot = (slot + 1) & mask;
  return slot;
}

export function hasWords({ words, layout }: Pick<Records, "words" | "layout">, row: number): boolean {
  return ((words[row * layout.words + layout.flags] as number) & recordFlags.hasWords) !== 0;
}
