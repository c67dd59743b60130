import { kindWords, plantedKinds, plantedOf, plantedRows } from "./planted-rows.ts";

/** Rows taken out, of a run over so many. */
export interface Outcome {
  readonly removed: ReadonlySet<string>;
  readonly rows: number;
  readonly seconds: number;
  readonly peakBytes: number;
}

/** A planted pair is found where not both of it are left. */
export function reportRecall(name: string, { removed, rows, seconds, peakBytes }: Outcome): void {
  const speed = Math.round(rows / seconds).toLocaleString("en-US");
  console.log(
    `${name}: ${rows.toLocaleString("en-US")} rows in ${seconds.toFixed(1)} s, ${speed} rows/s, peak ${Math.round(peakBytes / 2 ** 20)} MiB`,
  );
  const found = new Map(plantedKinds.map((kind) => [kind, { planted: 0, found: 0 }]));
  const related = new Set<string>();
  for (const { id } of plantedRows(rows)) {
    const planted = plantedOf(id);
    if (planted === null) continue;
    const counts = found.get(planted.kind);
    if (counts === undefined) continue;
    counts.planted++;
    if (removed.has(id) || removed.has(planted.of)) counts.found++;
    related.add(id).add(planted.of);
  }
  const share = (part: number, whole: number): string => (whole === 0 ? "-" : (part / whole).toFixed(3));
  for (const [kind, counts] of found)
    console.log(`  ${kindWords[kind].padEnd(38)} ${share(counts.found, counts.planted)}`);
  const all = [...found.values()];
  const [planted, hit] = [all.reduce((sum, one) => sum + one.planted, 0), all.reduce((sum, one) => sum + one.found, 0)];
  const right = [...removed].filter((id) => related.has(id)).length;
  console.log(
    `  ${"all: recall".padEnd(38)} ${share(hit, planted)} of ${planted.toLocaleString("en-US")}; precision ${share(right, removed.size)} of ${removed.size.toLocaleString("en-US")}`,
  );
}

/** How near the pairs are that were found, by their real shingles. */
export function describePairs(
  pairs: readonly [string, string][],
  { rows, size, threshold }: { readonly rows: number; readonly size: number; readonly threshold: number },
): string {
  const wanted = new Set(pairs.flat());
  const shingles = new Map<string, Set<string>>();
  for (const { id, ...texts } of plantedRows(rows)) if (wanted.has(id)) shingles.set(id, shinglesOf(texts, size));
  const similarities = pairs.map(([a, b]) => jaccard(shingles.get(a) ?? new Set(), shingles.get(b) ?? new Set()));
  const below = similarities.filter((similarity) => similarity < threshold).length;
  const least = Math.min(1, ...similarities);
  return `${pairs.length.toLocaleString("en-US")} pairs, ${below.toLocaleString("en-US")} of them below ${threshold} by exact count, the least at ${least.toFixed(2)}`;
}

function shinglesOf({ request, answer }: { request: string; answer: string }, size: number): Set<string> {
  const words = `${request} ${answer}`.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.slice(size - 1).map((_, index) => words.slice(index, index + size).join(" ")));
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = a.intersection(b).size;
  return shared / (a.size + b.size - shared);
}
