import { mixBits } from "./mix-bits.ts";

/** Odd multipliers of the two hashes of a run of words; together they are 64 bits. */
export const lowBase = 0x2c1b3c6d;
export const highBase = 0x297a2d39;

/** `base` to the power of `exponent`, in 32 bits. */
export function power(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return result;
}

/** The hash of words `from` to `to` - 1 as one run, before mixBits. */
export function hashRun(words: Int32Array, { from, to, base }: { from: number; to: number; base: number }): number {
  let hash = 0;
  for (let index = from; index < to; index++) hash = (Math.imul(hash, base) + (words[index] as number)) | 0;
  return hash;
}

/**
 * The hashes of all runs of `size` words, one after the other, in constant time each.
 * @returns how many there are, in `into`, which holds as many as there are words; 1 for fewer words than `size`: all of them as one run.
 */
export function hashRuns(
  words: Int32Array,
  { count, size, base, into }: { count: number; size: number; base: number; into: Int32Array },
): number {
  if (count === 0) return 0;
  const runs = Math.max(1, count - size + 1);
  const leaving = power(base, size);
  let hash = hashRun(words, { from: 0, to: Math.min(size, count), base });
  into[0] = mixBits(hash);
  for (let run = 1; run < runs; run++) {
    const added = words[run + size - 1] as number;
    const left = words[run - 1] as number;
    hash = (Math.imul(hash, base) + added - Math.imul(left, leaving)) | 0;
    into[run] = mixBits(hash);
  }
  return runs;
}
