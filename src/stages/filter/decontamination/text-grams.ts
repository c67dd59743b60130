import { hashRuns, highBase, lowBase } from "../duplicates/rolling-hash.ts";

/** Words of many texts, one text behind the other. */
export interface TextWords {
  readonly texts: number;
  /** Of each text, and one past the last text's last word. */
  readonly firstWords: Int32Array;
  readonly words: Int32Array;
}

/** Keys of the n-grams that follow each other in a text, in two halves. */
export interface Grams {
  /** 0 for a text of fewer words than an n-gram. */
  readonly count: number;
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** Makes n-grams of words; its arrays are used again for the next text. */
export class GramMaker {
  readonly #size: number;
  #low = new Int32Array(1024);
  #high = new Int32Array(1024);

  /** Of `size` words each. */
  constructor(size: number) {
    this.#size = size;
  }

  make(words: Int32Array, count: number): Grams {
    if (count < this.#size) return { count: 0, low: this.#low, high: this.#high };
    if (this.#low.length < count || this.#low.length > 2 ** 20) {
      const length = Math.max(1024, 2 * count);
      this.#low = new Int32Array(length);
      this.#high = new Int32Array(length);
    }
    const options = { count, size: this.#size };
    hashRuns(words, { ...options, base: highBase, into: this.#high });
    return {
      count: hashRuns(words, { ...options, base: lowBase, into: this.#low }),
      low: this.#low,
      high: this.#high,
    };
  }
}

export function wordsOf({ firstWords, words }: Omit<TextWords, "texts">, text: number): Int32Array {
  return words.subarray(firstWords[text] as number, firstWords[text + 1] as number);
}
