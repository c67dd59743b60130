import { seededIntegers } from "./mix-bits.ts";

/** Hash functions that are worked through at once, so that a shingle is read once for all of them. */
const together = 4;

/**
 * The least value of each of `functions` hash functions over a set of shingles. Two sets have the same least value with a probability that
 * is their Jaccard similarity.
 * @see Broder, On the resemblance and containment of documents (1997); Dietzfelbinger et al., A reliable randomized algorithm for the
 * closest-pair problem (1997), for the multiply-shift functions
 */
export class MinHash {
  /** One a function. */
  readonly least: Int32Array;
  readonly #factors: Int32Array;
  readonly #terms: Int32Array;

  constructor(functions: number) {
    const size = Math.ceil(functions / together) * together;
    this.least = new Int32Array(size);
    this.#factors = seededIntegers(0x51ed270b, size).map((factor) => factor | 1);
    this.#terms = seededIntegers(0x6c8e9cf5, size);
  }

  /** Takes the set of the first `count` shingles, in the place of the set before. */
  take(shingles: Int32Array, count: number): void {
    const [factors, terms, { least }] = [this.#factors, this.#terms, this];
    for (let first = 0; first < least.length; first += together) {
      const a0 = factors[first] as number;
      const a1 = factors[first + 1] as number;
      const a2 = factors[first + 2] as number;
      const a3 = factors[first + 3] as number;
      const b0 = terms[first] as number;
      const b1 = terms[first + 1] as number;
      const b2 = terms[first + 2] as number;
      const b3 = terms[first + 3] as number;
      let m0 = 0x7fffffff;
      let m1 = 0x7fffffff;
      let m2 = 0x7fffffff;
      let m3 = 0x7fffffff;
      for (let index = 0; index < count; index++) {
        const shingle = shingles[index] as number;
        const v0 = (Math.imul(a0, shingle) + b0) | 0;
        const v1 = (Math.imul(a1, shingle) + b1) | 0;
        const v2 = (Math.imul(a2, shingle) + b2) | 0;
        const v3 = (Math.imul(a3, shingle) + b3) | 0;
        if (v0 < m0) m0 = v0;
        if (v1 < m1) m1 = v1;
        if (v2 < m2) m2 = v2;
        if (v3 < m3) m3 = v3;
      }
      least[first] = m0;
      least[first + 1] = m1;
      least[first + 2] = m2;
      least[first + 3] = m3;
    }
  }
}
