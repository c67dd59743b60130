import type { Records } from "./band-buckets.ts";
import { type EarlierRow, type EarlierRows, readEarlierRows } from "./earlier-rows.ts";
import type { FingerprintBlock } from "./fingerprinter.ts";
import { type DuplicatesConfig, type RecordLayout, recordFlags, recordLayout } from "./record-layout.ts";

export interface FingerprintStoreOptions {
  /** Of the run. */
  readonly rows: number;
  readonly config: DuplicatesConfig;
  /** The folder that `duplicates.against` is relative to. */
  readonly dir: string;
  readonly signal?: AbortSignal;
}

/** The fingerprints of all rows of a run, in any order, and of the earlier datasets' rows: some 190 bytes a row by default. */
export class FingerprintStore {
  readonly rows: number;
  /** Similarity from which two rows are near-duplicates. */
  readonly threshold: number;
  readonly #layout: RecordLayout;
  readonly #earlier: EarlierRows;
  readonly #words: Int32Array;
  #isSearched = false;

  constructor({ rows, config }: Pick<FingerprintStoreOptions, "rows" | "config">, earlier: EarlierRows) {
    this.rows = rows;
    this.threshold = config.near.threshold;
    this.#layout = recordLayout(config);
    this.#earlier = earlier;
    this.#words = new Int32Array((rows + earlier.rows) * this.#layout.words);
    let at = rows * this.#layout.words;
    for (const { words } of earlier.blocks.splice(0)) {
      this.#words.set(words, at);
      at += words.length;
    }
  }

  /** Keeps the fingerprints of rows from `firstRow` on. */
  put(firstRow: number, { rows, words }: FingerprintBlock): void {
    if (firstRow + rows > this.rows || words.length !== rows * this.#layout.words) {
      throw new RangeError(`Fingerprints of ${rows} rows from ${firstRow} on do not fit a store for ${this.rows}`);
    }
    this.#words.set(words, firstRow * this.#layout.words);
  }

  /** Whether the row has a fingerprint: one without an answer has none. */
  isFilled(row: number): boolean {
    return ((this.#words[row * this.#layout.words + this.#layout.flags] as number) & recordFlags.isFilled) !== 0;
  }

  /** The name of an original that is no row of the run; null for one that is. */
  earlierRow(original: number): EarlierRow | null {
    return original < this.rows ? null : this.#earlier.nameOf(original - this.rows);
  }

  /** Gives the records to a search, which writes into them. @throws when they were given before. */
  release(): Records {
    if (this.#isSearched) throw new Error("The fingerprints were searched already");
    this.#isSearched = true;
    const rows = this.#words.length / this.#layout.words;
    return { words: this.#words, rows, layout: this.#layout };
  }
}

/**
 * An empty store for the run's rows that knows the rows of `duplicates.against` already.
 * @throws DataError naming file and row for an earlier dataset that is missing or has a row of another shape.
 */
export async function createFingerprintStore(options: FingerprintStoreOptions): Promise<FingerprintStore> {
  return new FingerprintStore(options, await readEarlierRows(options));
}
