import { powerOfTwoFrom } from "./mix-bits.ts";
import { subjectSums } from "./record-layout.ts";

/** Products of two numbers below it stay below 2 ** 30. */
const prime = 32_749;

/** Words of a request beyond these are not looked for in its answer. */
const mostWords = 2 ** 16;

/** The words of a row, its request's first. */
export interface RowWords {
  readonly words: Int32Array;
  readonly count: number;
  /** How many of them are the request's. */
  readonly requestCount: number;
}

/**
 * Finds a row's subjects, the words that stand in its request and in its answer both, and writes their count and power sums: the sums of
 * their first to fifth powers modulo a prime, from which a small difference between two sets can be told exactly, however large they are.
 */
export class SubjectFinder {
  #table = new Int32Array(256);
  /** 0: free, 1: in the request, 2: in the answer, too. */
  #states = new Uint8Array(256);

  write({ words, count, requestCount }: RowWords, into: Uint16Array, at: number): void {
    const asked = Math.min(requestCount, mostWords);
    this.#clear(2 * asked);
    for (let index = 0; index < asked; index++) {
      const slot = this.#find(words[index] as number);
      this.#table[slot] = words[index] as number;
      this.#states[slot] = 1;
    }
    into.fill(0, at, at + 1 + subjectSums);
    for (let index = requestCount; index < count; index++) {
      const slot = this.#find(words[index] as number);
      if (this.#states[slot] !== 1) continue;
      this.#states[slot] = 2;
      into[at] = Math.min(0xffff, (into[at] as number) + 1);
      addPowers(1 + (((words[index] as number) >>> 0) % (prime - 1)), into, at + 1);
    }
  }

  #clear(least: number): void {
    const size = Math.max(256, powerOfTwoFrom(least));
    if (size !== this.#table.length) {
      this.#table = new Int32Array(size);
      this.#states = new Uint8Array(size);
    } else this.#states.fill(0);
  }

  /** The slot that holds the word, or the free one where it would stand. */
  #find(word: number): number {
    const mask = this.#table.length - 1;
    let slot = word & mask;
    while (this.#states[slot] !== 0 && this.#table[slot] !== word) slot = (slot + 1) & mask;
    return slot;
  }
}

function addPowers(value: number, sums: Uint16Array, at: number): void {
  let product = 1;
  for (let index = at; index < at + subjectSums; index++) {
    product = (product * value) % prime;
    sums[index] = ((sums[index] as number) + product) % prime;
  }
}

/**
 * Whether each of two rows has a subject that the other lacks: then they are about different things, as the rows of a template are in which
 * one name stands for another. Sets of which one holds the other differ as a text does from which something was left out. Whether that is so
 * is told for up to four members more; beyond, it is taken for granted.
 */
export function haveOwnSubjects(sketches: Uint16Array, a: number, b: number): boolean {
  const difference = (sketches[a] as number) - (sketches[b] as number);
  const [larger, smaller] = difference >= 0 ? [a, b] : [b, a];
  const more = Math.abs(difference);
  return more < subjectSums && !isSumOf(more, (index) => subtract(sketches, larger + index, smaller + index));
}

function subtract(sketches: Uint16Array, a: number, b: number): number {
  return ((sketches[a] as number) - (sketches[b] as number) + prime) % prime;
}

/** 1/k modulo the prime, by k. */
const inverses = [0, 1, 2, 3, 4].map((value) => powerModulo(value, prime - 2));

function powerModulo(value: number, exponent: number): number {
  let result = 1;
  let square = value;
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

/**
 * Whether the power sums p1, p2, ... are those of just `count` numbers. By Newton's identities the first `count` of them fix the numbers'
 * elementary symmetric polynomials e1, e2, ..., and these all further sums.
 */
function isSumOf(count: number, sum: (index: number) => number): boolean {
  const polynomials = [1];
  for (let index = 1; index <= subjectSums; index++) {
    // p1 e(k-1) - p2 e(k-2) + ... is k times e(k), and 0 past the last one.
    let total = 0;
    for (let term = 1; term <= index; term++) {
      const product = (sum(term) * (polynomials[index - term] ?? 0)) % prime;
      total = (total + (term % 2 === 1 ? product : prime - product)) % prime;
    }
    if (index > count && total !== 0) return false;
    if (index <= count) polynomials[index] = (total * (inverses[index] as number)) % prime;
  }
  return true;
}
