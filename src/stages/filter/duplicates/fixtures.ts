import { configDocuments, type FiltersConfig } from "../../../config/index.ts";
import { type Duplicates, findDuplicates } from "./find-duplicates.ts";
import { createFingerprintStore, type FingerprintStore } from "./fingerprint-store.ts";
import { createFingerprinter, type RowTexts } from "./fingerprinter.ts";
import type { DuplicatesConfig } from "./record-layout.ts";

/** The defaults, but for a threshold of 0.8, with other settings for near-duplicates where they are given. */
export function duplicatesConfig(near: Partial<DuplicatesConfig["near"]> = {}): DuplicatesConfig {
  const { duplicates } = configDocuments.filters.schema.parse({}) as FiltersConfig;
  return { ...duplicates, near: { ...duplicates.near, threshold: 0.8, ...near } };
}

export interface TestRow extends RowTexts {
  readonly score?: number;
  readonly isAdmissible?: boolean;
}

export async function fillStore(
  rows: readonly RowTexts[],
  { config = duplicatesConfig(), dir = "." }: { config?: DuplicatesConfig; dir?: string } = {},
): Promise<FingerprintStore> {
  const store = await createFingerprintStore({ rows: rows.length, config, dir });
  const fingerprinter = createFingerprinter(config);
  // In blocks that come in another order, as those of several threads do.
  const half = Math.ceil(rows.length / 2);
  for (const row of rows.slice(0, half)) fingerprinter.add(row);
  const first = fingerprinter.take();
  for (const row of rows.slice(half)) fingerprinter.add(row);
  store.put(half, fingerprinter.take());
  store.put(0, first);
  return store;
}

export async function findAmong(rows: readonly TestRow[], config?: DuplicatesConfig): Promise<Duplicates> {
  return findDuplicates(await fillStore(rows, config === undefined ? {} : { config }), {
    scores: Float64Array.from(rows, ({ score = Number.NaN }) => score),
    admissible: Uint8Array.from(rows, ({ isAdmissible = true }) => (isAdmissible ? 1 : 0)),
  });
}

/** So many different words, always the same ones. */
export function manyWords(count: number, stem = "word"): string[] {
  return Array.from(
    { length: count },
    (_, index) => `${stem}${String.fromCharCode(97 + (index % 26))}${"x".repeat(Math.floor(index / 26))}`,
  );
}
