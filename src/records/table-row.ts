/** One row of a file that we did not write. */
export interface TableRow {
  /** Plain, as JSON would hold it; not always an object. */
  readonly value: unknown;
  /** 1-based: the line that it begins on, or its number in a file without lines. */
  readonly line: number;
}
