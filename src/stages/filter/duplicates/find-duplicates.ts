import { AcceptedRows } from "./accepted-rows.ts";
import type { FingerprintStore } from "./fingerprint-store.ts";

export interface RowStates {
  /** By row: the judge's score, NaN where there is none. The best row of several is kept. */
  readonly scores: Float64Array;
  /** By row: 1 where it can be kept; only such a row makes another one its duplicate. */
  readonly admissible: Uint8Array;
}

/** One entry a row of the run. */
export interface Duplicates {
  /** The row that it repeats: a row of the run, from their number on a row of the earlier datasets, or -1 for none. */
  readonly original: Int32Array;
  /** 1 where the two are equal but for case and white space. */
  readonly isExact: Uint8Array;
  /** Estimated Jaccard similarity of the two rows' shingles; 1 where they are equal, 0 for no original. */
  readonly similarity: Float32Array;
}

/**
 * Goes through the admissible rows, the best score first, then by number: each repeats the most similar row accepted before it, or is
 * accepted itself. An original is therefore never a duplicate, and rows with lower scores change nothing for those above. Rows that are not
 * admissible are compared last and accepted never; the rows of earlier datasets are from the start. Uses the store up: call it once.
 */
export function findDuplicates(store: FingerprintStore, { scores, admissible }: RowStates): Duplicates {
  const { rows } = store;
  const records = store.release();
  const accepted = new AcceptedRows(records, store.threshold);
  for (let row = rows; row < records.rows; row++) if (store.isFilled(row)) accepted.accept(row);
  const found: Duplicates = {
    original: new Int32Array(rows).fill(-1),
    isExact: new Uint8Array(rows),
    similarity: new Float32Array(rows),
  };
  const check = (row: number): boolean => {
    const match = accepted.find(row);
    if (match === null) return false;
    found.original[row] = match.row;
    found.isExact[row] = match.isExact ? 1 : 0;
    found.similarity[row] = match.similarity;
    return true;
  };
  for (const row of bestFirst(scores, admissible)) if (store.isFilled(row) && !check(row)) accepted.accept(row);
  for (let row = 0; row < rows; row++) if (admissible[row] !== 1 && store.isFilled(row)) check(row);
  return found;
}

/** The admissible rows' numbers. */
function bestFirst(scores: Float64Array, admissible: Uint8Array): Int32Array {
  const order = new Int32Array(admissible.reduce((sum, isAdmissible) => sum + isAdmissible, 0));
  let count = 0;
  let isSorted = true;
  let last = Number.POSITIVE_INFINITY;
  for (let row = 0; row < admissible.length; row++) {
    if (admissible[row] !== 1) continue;
    const score = rank(scores[row] as number);
    isSorted &&= score <= last;
    last = score;
    order[count++] = row;
  }
  return isSorted ? order : order.sort((a, b) => rank(scores[b] as number) - rank(scores[a] as number) || a - b);
}

function rank(score: number): number {
  return Number.isNaN(score) ? -1 : score;
}
