import type { Json } from "../../core/index.ts";
import { readParquetRange } from "../../records/parquet-range.ts";
import type { RowFailure } from "./check-rows.ts";
import { type FingerprintStore, findDuplicates } from "./duplicates/index.ts";
import type { ExamplePicker } from "./example-picker.ts";
import type { GateState } from "./gate-state.ts";
import type { GateStore } from "./gate-store.ts";

export interface MarkDuplicatesOptions {
  readonly state: GateState;
  readonly store: GateStore;
  readonly examples: ExamplePicker;
  readonly fingerprints: FingerprintStore;
  /** Place of the rule against equal rows; the one against near-duplicates comes after it. */
  readonly firstPlace: number;
  /** Absolute path of the input. */
  readonly path: string;
  /** The name that errors use. */
  readonly file: string;
}

/**
 * Rejects the rows that repeat a kept one or a row of an earlier dataset. Returns 1 for each row that is kept, or would be at a lower threshold of the
 * judge's score: as the best of several comes first, a row's duplicates never depend on those below it.
 */
export async function markDuplicates(options: MarkDuplicatesOptions): Promise<Uint8Array> {
  const { state, store, examples, fingerprints, firstPlace } = options;
  const admissible = state.admissible();
  const { original, isExact, similarity } = findDuplicates(fingerprints, { scores: state.scores, admissible });
  const isKept = Uint8Array.from(admissible, (_, row) => (original[row] === -1 && state.isKept(row) ? 1 : 0));
  const counts = (row: number): boolean => {
    const of = original[row] as number;
    return of !== -1 && !state.isUnjudged(row) && (of >= state.rows || isKept[of] === 1);
  };
  const names = await readNames(options, originals(original, counts));
  for (let row = 0; row < state.rows; row++) {
    if (original[row] !== -1) admissible[row] = 0;
    if (!counts(row)) continue;
    const of = original[row] as number;
    const earlier = fingerprints.earlierRow(of);
    const detail: Json = {
      ...(earlier === null ? names.get(of) : { of: earlier.id, file: earlier.file }),
      ...(isExact[row] === 1 ? {} : { similarity: Math.round((similarity[row] as number) * 1000) / 1000 }),
    };
    const failure: RowFailure = {
      row,
      place: isExact[row] === 1 ? firstPlace : firstPlace + 1,
      reason: isExact[row] === 1 ? "duplicate" : "near_duplicate",
      detail: JSON.stringify(detail),
    };
    // A row that nothing else speaks against shows it best.
    const failuresInRow = state.isKept(row) ? 1 : 2;
    state.addFailure(failure);
    store.addFailure(failure);
    examples.offer({ ...failure, failuresInRow });
  }
  return admissible;
}

/** The rows of the run that another one repeats. */
function originals(original: Int32Array, counts: (row: number) => boolean): Set<number> {
  const rows = new Set<number>();
  for (let row = 0; row < original.length; row++) if (counts(row)) rows.add(original[row] as number);
  return rows;
}

/** How a rejection names a row of the run. */
interface RowName {
  readonly of: string;
  readonly sample: number;
}

async function readNames(
  { path, file, state }: MarkDuplicatesOptions,
  wanted: ReadonlySet<number>,
): Promise<Map<number, RowName>> {
  const names = new Map<number, RowName>();
  if (wanted.size === 0) return names;
  const columns = ["id", "sample"].map((name) => ({ name, sql: name }));
  for await (const { firstRow, rows, columns: values } of readParquetRange(path, {
    file,
    columns,
    from: 0,
    to: state.rows,
  })) {
    for (let index = 0; index < rows; index++) {
      if (!wanted.has(firstRow + index)) continue;
      names.set(firstRow + index, { of: String(values[0]?.[index]), sample: Number(values[1]?.[index]) });
    }
  }
  return names;
}
