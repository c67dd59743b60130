/** Spreads the bits of a 32-bit number over all of them: MurmurHash3's last step. @see https://github.com/aappleby/smhasher */
export function mixBits(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Numbers of 32 bits that look random and are the same on every machine and in every run. */
export function seededIntegers(seed: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, index) => mixBits(Math.imul(seed + index + 1, 0x9e3779b9)));
}

/** The smallest power of two that is not below a number. */
export function powerOfTwoFrom(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, least)));
}
