import { mixBits } from "./mix-bits.ts";
import type { RecordLayout } from "./record-layout.ts";
import { sampleBits } from "./record-layout.ts";

/** A record: words of 32 bits from `at` on. */
export interface RecordPlace {
  readonly words: Int32Array;
  readonly at: number;
}

/** Writes each band's key, a hash of its least values, and some bits of each least value. */
export function writeSignature(least: Int32Array, { words, at }: RecordPlace, layout: RecordLayout): void {
  const { bands, bandRows, signatureWords } = layout;
  for (let band = 0; band < bands; band++) {
    let key = band;
    for (let row = 0; row < bandRows; row++) {
      key = Math.imul((key << 7) | (key >>> 25), 0x2c1b3c6d) ^ mixBits(least[band * bandRows + row] as number);
    }
    words[at + layout.bandKeys + band] = mixBits(key);
  }
  const perWord = 32 / sampleBits;
  for (let word = 0; word < signatureWords; word++) {
    let packed = 0;
    for (let sample = 0; sample < perWord; sample++) {
      // The lowest bits of a least value follow from its shingle's alone: these depend on all of it.
      packed = (packed << sampleBits) | (mixBits(least[word * perWord + sample] as number) >>> (32 - sampleBits));
    }
    words[at + layout.signature + word] = packed;
  }
}

/** Share of pairs of different values whose kept bits are the same. */
const chance = 1 / 2 ** sampleBits;

/**
 * Estimates the Jaccard similarity of two rows' shingles: the share of samples that agree, less those that do so by chance.
 * @see Li and König, b-Bit Minwise Hashing (2010)
 */
export function estimateSimilarity(words: Int32Array, places: { a: number; b: number }, layout: RecordLayout): number {
  const { signature, signatureWords } = layout;
  const [a, b] = [places.a + signature, places.b + signature];
  let different = 0;
  for (let word = 0; word < signatureWords; word++) {
    let bits = (words[a + word] as number) ^ (words[b + word] as number);
    bits |= bits >>> 1;
    bits |= bits >>> 2;
    // One bit for each sample of four that differs; their sum is at most eight.
    different += Math.imul(bits & 0x11111111, 0x11111111) >>> 28;
  }
  const share = 1 - different / ((signatureWords * 32) / sampleBits);
  return Math.max(0, (share - chance) / (1 - chance));
}
