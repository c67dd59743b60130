import type { Project } from "../../config/index.ts";
import { CancelledError } from "../../core/index.ts";
import { splitOf } from "../../records/index.ts";
import { readParquetRange } from "../../records/parquet-range.ts";
import { requestSql } from "./check-setup.ts";
import { buildHeldOutIndex, type HeldOutIndex, type HeldOutText, readBenchmarkTexts } from "./decontamination/index.ts";

export interface HeldOut {
  readonly index: HeldOutIndex | null;
  /** By row: 1 where it can come into training or validation; null where that does not matter. In shared memory. */
  readonly trainedOn: Uint8Array | null;
}

export interface HeldOutInput {
  /** Absolute path of the Parquet file of teacher outputs. */
  readonly path: string;
  /** The name that errors use. */
  readonly file: string;
  readonly rows: number;
  readonly signal: AbortSignal;
}

/**
 * What training rows must not hold: the requests of the input's own test split, and the texts of benchmark files.
 * @throws DataError naming a benchmark file that is missing or has no texts.
 */
export async function findHeldOut(project: Project, input: HeldOutInput): Promise<HeldOut> {
  const { decontamination } = project.filters;
  if (!decontamination.enabled || (!decontamination.held_out && decontamination.files.length === 0))
    return { index: null, trainedOn: null };
  const trainedOn = decontamination.held_out ? new Uint8Array(new SharedArrayBuffer(input.rows)) : null;
  const texts = heldOutTexts(project, { ...input, trainedOn });
  return { index: await buildHeldOutIndex(texts, decontamination), trainedOn };
}

async function* heldOutTexts(
  project: Project,
  input: HeldOutInput & { readonly trainedOn: Uint8Array | null },
): AsyncGenerator<HeldOutText> {
  yield* readBenchmarkTexts(project.filters.decontamination.files, project.dir);
  if (input.trainedOn !== null) yield* ownTestRequests(project, { ...input, trainedOn: input.trainedOn });
}

/** The requests of the test split, each once; notes on the way which rows are not in it. */
async function* ownTestRequests(
  project: Project,
  { path, file, rows, signal, trainedOn }: HeldOutInput & { readonly trainedOn: Uint8Array },
): AsyncGenerator<HeldOutText> {
  const shares = project.nexa.packaging.split;
  const columns = [
    { name: "id", sql: '"id"' },
    { name: "group", sql: '"group"' },
    { name: "request", sql: requestSql },
  ];
  for await (const chunk of readParquetRange(path, { file, columns, from: 0, to: rows })) {
    if (signal.aborted) throw new CancelledError();
    const [ids, groups, requests] = chunk.columns as [string[], string[], string[]];
    for (let index = 0; index < chunk.rows; index++) {
      if (splitOf(groups[index] as string, shares) !== "test") trainedOn[chunk.firstRow + index] = 1;
      else
        yield {
          text: requests[index] as string,
          source: "test split",
          id: ids[index] as string,
          group: groups[index] as string,
        };
    }
  }
}
