import { MinHash } from "./min-hash.ts";
import { writeNumbers } from "./number-sketch.ts";
import { type DuplicatesConfig, hashFunctions, type RecordLayout, recordFlags, recordLayout } from "./record-layout.ts";
import { hashRuns, lowBase } from "./rolling-hash.ts";
import { TextScanner } from "./scan-text.ts";
import { writeSignature } from "./signature.ts";
import { SubjectFinder } from "./subjects.ts";

/** What duplicates are found by, of rows that follow each other. A structured clone of it is as good. */
export interface FingerprintBlock {
  readonly rows: number;
  /** A record a row, each of as many words as the configuration asks for. Its buffer is the block's own, and may be transferred. */
  readonly words: Int32Array<ArrayBuffer>;
}

export interface RowTexts {
  /** The whole conversation as one text. */
  readonly request: string;
  /** Of no use where it is empty: such a row is nobody's duplicate. */
  readonly answer: string;
}

/** Makes fingerprints of rows in their order, in a worker thread or not. */
export interface Fingerprinter {
  /** Takes time linear in the texts' length, whatever they hold. */
  add(row: RowTexts): void;
  /** The rows since the last time. */
  take(): FingerprintBlock;
}

const startRows = 256;

/** Fingerprints of two threads fit each other where their configurations are the same. */
export function createFingerprinter(config: DuplicatesConfig): Fingerprinter {
  const layout = recordLayout(config);
  const sketcher = new RowSketcher(layout, config.near.shingle_words);
  let words = new Int32Array(startRows * layout.words);
  let rows = 0;
  return {
    add(row) {
      if ((rows + 1) * layout.words > words.length) {
        const larger = new Int32Array(2 * words.length);
        larger.set(words);
        words = larger;
      }
      sketcher.write(row, words, rows++ * layout.words);
    },
    take() {
      const block = { rows, words: words.slice(0, rows * layout.words) };
      words = new Int32Array(Math.max(startRows, rows) * layout.words);
      rows = 0;
      return block;
    },
  };
}

class RowSketcher {
  readonly #layout: RecordLayout;
  readonly #shingleWords: number;
  readonly #scanner = new TextScanner();
  readonly #minHash: MinHash;
  readonly #subjects = new SubjectFinder();
  #shingles = new Int32Array(1024);

  constructor(layout: RecordLayout, shingleWords: number) {
    this.#layout = layout;
    this.#shingleWords = shingleWords;
    this.#minHash = new MinHash(hashFunctions(layout));
  }

  write({ request, answer }: RowTexts, words: Int32Array<ArrayBuffer>, at: number): void {
    if (answer === "") return;
    const [layout, scanner] = [this.#layout, this.#scanner];
    scanner.clear();
    scanner.add(request);
    const requestCount = scanner.wordCount;
    words[at + layout.request] = scanner.keyLow;
    scanner.add(answer);
    words[at + layout.key] = scanner.keyLow;
    words[at + layout.key + 1] = scanner.keyHigh;
    words[at + layout.flags] = recordFlags.isFilled;
    if (layout.bands === 0 || scanner.wordCount === 0) return;
    words[at + layout.flags] = recordFlags.isFilled | recordFlags.hasWords;
    for (let word = requestCount; word < scanner.wordCount; word++) {
      words[at + layout.answer] = (words[at + layout.answer] as number) + (scanner.words[word] as number);
    }
    this.#minHash.take(this.#shingles, this.#shingle());
    writeSignature(this.#minHash.least, { words, at }, layout);
    const halves = new Uint16Array(words.buffer);
    writeNumbers(scanner.numbers, scanner.numberCount, halves, 2 * (at + layout.numbers));
    this.#subjects.write(
      { words: scanner.words, count: scanner.wordCount, requestCount },
      halves,
      2 * (at + layout.subjects),
    );
  }

  #shingle(): number {
    const { words, wordCount: count } = this.#scanner;
    if (this.#shingles.length < count || this.#shingles.length > 2 ** 20) {
      this.#shingles = new Int32Array(Math.max(1024, words.length));
    }
    return hashRuns(words, { count, size: this.#shingleWords, base: lowBase, into: this.#shingles });
  }
}
