import { hasWords, numberBuckets, type Records } from "./band-buckets.ts";
import { powerOfTwoFrom } from "./mix-bits.ts";
import { compareNumbers } from "./number-sketch.ts";
import { estimateSimilarity } from "./signature.ts";
import { haveOwnSubjects } from "./subjects.ts";

/** Most accepted rows that one row is compared with. */
const mostComparisons = 128;
const mostCount = 0xff;

/** The accepted row that another one repeats. */
export interface Match {
  row: number;
  /** Estimated Jaccard similarity of their shingles; 1 where they are equal. */
  similarity: number;
  isExact: boolean;
}

/** The rows accepted so far, by their keys and by their bands' buckets. Takes the records' band keys over. */
export class AcceptedRows {
  readonly #records: Records;
  readonly #threshold: number;
  /** Row + 1 by exact key; 0: free. */
  readonly #byKey: Int32Array;
  /** By bucket: its row accepted last, + 1. The one before it stands in that row's record, in the place of the band's key. */
  readonly #heads: Int32Array;
  /** By bucket: its accepted rows, at most 255. */
  readonly #counts: Uint8Array;
  /** By row: the query that it was last compared for. */
  readonly #comparedFor: Int32Array;
  #query = 0;
  readonly #halves: Uint16Array;
  readonly #bands: Int32Array;
  readonly #match: Match = { row: -1, similarity: 0, isExact: false };

  constructor(records: Records, threshold: number) {
    const { words, rows, layout } = records;
    this.#records = records;
    this.#threshold = threshold;
    const buckets = numberBuckets(records);
    this.#byKey = new Int32Array(powerOfTwoFrom(2 * rows));
    this.#heads = new Int32Array(buckets + 1);
    this.#counts = new Uint8Array(buckets + 1);
    this.#comparedFor = new Int32Array(rows);
    this.#halves = new Uint16Array(words.buffer, words.byteOffset, 2 * words.length);
    this.#bands = new Int32Array(layout.bands);
  }

  /** The accepted row that equals this one, or the most similar one that it nears, of several the one accepted last; null where there is none. Valid until the next call. */
  find(row: number): Match | null {
    const match = this.#match;
    const equal = (this.#byKey[this.#slotOf(row)] as number) - 1;
    match.row = equal;
    match.isExact = equal >= 0;
    match.similarity = equal >= 0 ? 1 : 0;
    if (equal < 0 && hasWords(this.#records, row)) this.#findNear(row);
    return match.row >= 0 ? match : null;
  }

  accept(row: number): void {
    const { words, layout } = this.#records;
    const slot = this.#slotOf(row);
    if (this.#byKey[slot] !== 0) return;
    this.#byKey[slot] = row + 1;
    if (!hasWords(this.#records, row)) return;
    const first = row * layout.words + layout.bandKeys;
    for (let at = first; at < first + layout.bands; at++) {
      const bucket = words[at] as number;
      if (bucket === 0) continue;
      words[at] = this.#heads[bucket] as number;
      this.#heads[bucket] = row + 1;
      if ((this.#counts[bucket] as number) < mostCount) this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    }
  }

  /** The slot of the accepted row with the same key, or the free one where this row would stand. */
  #slotOf(row: number): number {
    const { words, layout } = this.#records;
    const at = row * layout.words + layout.key;
    const [low, high] = [words[at] as number, words[at + 1] as number];
    const mask = this.#byKey.length - 1;
    let slot = low & mask;
    for (;;) {
      const other = this.#byKey[slot] as number;
      if (other === 0) return slot;
      const otherAt = (other - 1) * layout.words + layout.key;
      if (words[otherAt] === low && words[otherAt + 1] === high) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** Looks through the buckets with the fewest rows first: a template's are full, and those that only copies share are not. */
  #findNear(row: number): void {
    const { words, layout } = this.#records;
    const used = this.#sortBands(row);
    this.#query++;
    let comparisons = 0;
    for (let place = 0; place < used; place++) {
      const band = this.#bands[place] as number;
      let other = this.#heads[words[row * layout.words + layout.bandKeys + band] as number] as number;
      while (other !== 0) {
        const at = (other - 1) * layout.words;
        if (this.#comparedFor[other - 1] !== this.#query) {
          if (comparisons++ === mostComparisons) return;
          this.#comparedFor[other - 1] = this.#query;
          this.#compare(row * layout.words, at, other - 1);
        }
        other = words[at + layout.bandKeys + band] as number;
      }
    }
  }

  #compare(a: number, b: number, row: number): void {
    const { words, layout } = this.#records;
    const match = this.#match;
    const similarity = estimateSimilarity(words, { a, b }, layout);
    if (similarity < this.#threshold || similarity <= match.similarity) return;
    if (compareNumbers(this.#halves, 2 * (a + layout.numbers), 2 * (b + layout.numbers)) < this.#threshold) return;
    if (this.#areAboutOthers(a, b)) return;
    match.row = row;
    match.similarity = similarity;
  }

  /** Whether two rows are a template's with other names in it: neither is it the same question, nor the same answer, and each has its own subject. */
  #areAboutOthers(a: number, b: number): boolean {
    const { words, layout } = this.#records;
    if (words[a + layout.request] === words[b + layout.request]) return false;
    if (words[a + layout.answer] === words[b + layout.answer]) return false;
    return haveOwnSubjects(this.#halves, 2 * (a + layout.subjects), 2 * (b + layout.subjects));
  }

  /** The bands whose buckets hold accepted rows, by their number. @returns how many there are. */
  #sortBands(row: number): number {
    const { words, layout } = this.#records;
    const [bands, counts] = [this.#bands, this.#counts];
    const first = row * layout.words + layout.bandKeys;
    let used = 0;
    for (let band = 0; band < layout.bands; band++) {
      const count = counts[words[first + band] as number] as number;
      if (count === 0) continue;
      let place = used++;
      for (; place > 0 && count < (counts[words[first + (bands[place - 1] as number)] as number] as number); place--) {
        bands[place] = bands[place - 1] as number;
      }
      bands[place] = band;
    }
    return used;
  }
}
