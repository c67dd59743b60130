import { CancelledError, DataError, formatCount } from "../../core/index.ts";
import { iterateForeignRows, type TeacherOutputRow, teacherOutputSchema, writeParquet } from "../../records/index.ts";

export interface ConvertOptions {
  /** The file's name in errors. */
  readonly projectPath: string;
  /** The Parquet file to write. */
  readonly to: string;
  /** `on_bad_row` of filters.yaml. */
  readonly onBadRow: "stop" | "skip";
  readonly signal: AbortSignal;
  /** Told of each 4,096 rows, the bad ones among them. */
  readonly onProgress?: (done: { readonly rows: number; readonly badRows: number }) => void;
}

export interface BadRow {
  /** 1-based line or row. */
  readonly row: number;
  readonly message: string;
}

export interface ConvertedInput {
  /** Good ones: those in the Parquet file. */
  readonly rows: number;
  readonly badRows: number;
  readonly firstBad: readonly BadRow[];
}

const mostNamed = 5;
const progressRows = 4096;

/**
 * Makes a Parquet file of teacher outputs from a file that no stage of ours wrote, as a stream. All of it is read, so that the error for bad
 * rows has their count.
 * @throws DataError naming the file for one that is no table, or has no good row; where bad rows stop it, for the first of them.
 */
export async function convertForeignInput(path: string, options: ConvertOptions): Promise<ConvertedInput> {
  const { projectPath, to, onBadRow, signal, onProgress } = options;
  const bad: DataError[] = [];
  let [rows, badRows] = [0, 0];

  async function* goodRows(): AsyncGenerator<TeacherOutputRow> {
    for await (const row of iterateForeignRows(path, { projectPath })) {
      if (signal.aborted) throw new CancelledError();
      if (row instanceof DataError) {
        badRows++;
        if (bad.length < mostNamed) bad.push(row);
      } else {
        rows++;
        // Once one is bad, the others are only counted.
        if (badRows === 0 || onBadRow === "skip") yield row;
      }
      if ((rows + badRows) % progressRows === 0) onProgress?.({ rows, badRows });
    }
    const [first] = bad;
    if (first !== undefined && (onBadRow === "stop" || rows === 0))
      throw explainBadRows(first, { rows, badRows, onBadRow });
  }

  await writeParquet(to, { schema: teacherOutputSchema, rows: goodRows(), projectPath, compression: "lz4_raw" });
  onProgress?.({ rows, badRows });
  return { rows, badRows, firstBad: bad.map((error) => ({ row: error.row ?? 0, message: problemOf(error) })) };
}

function explainBadRows(
  first: DataError,
  { rows, badRows, onBadRow }: Pick<ConvertedInput, "rows" | "badRows"> & Pick<ConvertOptions, "onBadRow">,
): DataError {
  const { file, row, code, hint, cause } = first;
  const all = rows + badRows;
  const share =
    rows === 0
      ? all === 1
        ? "its only row"
        : `all ${formatCount(all)} rows`
      : `${formatCount(badRows)} of ${formatCount(all)} rows`;
  const remedy =
    onBadRow === "stop" && rows > 0
      ? "Mend the file, or leave bad rows out with `--set on_bad_row=skip`."
      : "Mend the file.";
  return new DataError(`${problemOf(first)} (${share} cannot be read)`, {
    file,
    row,
    code,
    hint: hint === undefined ? remedy : `${hint} ${remedy}`,
    cause,
  });
}

/** The message without the place before it. */
function problemOf({ message, file, row }: DataError): string {
  const place = `${file}${row === undefined ? "" : `:${row}`}: `;
  return message.startsWith(place) ? message.slice(place.length) : message;
}
