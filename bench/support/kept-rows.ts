import { openDatabase } from "../../src/records/duckdb.ts";

/** How two gates differ over the first rows of the same file. */
export interface KeptDifference {
  readonly kept: number;
  /** Ids that one of them keeps and the other does not, up to three. */
  readonly examples: readonly string[];
  readonly count: number;
}

/** Holds what a peer kept against our own kept rows, by id, over the rows that the peer was given. */
export async function compareKept(
  ours: string,
  theirs: { readonly kept: string; readonly rows: number },
): Promise<KeptDifference> {
  using database = await openDatabase();
  const { connection } = database;
  await connection.run(
    `CREATE TABLE ours AS SELECT id FROM read_parquet('${ours}') WHERE CAST(substr(id, 5) AS INTEGER) < ${theirs.rows}`,
  );
  const read = theirs.kept.endsWith(".parquet") ? "read_parquet" : "read_json";
  await connection.run(`CREATE TABLE theirs AS SELECT id FROM ${read}('${theirs.kept}')`);
  const kept = await connection.runAndReadAll("SELECT count(*) FROM theirs");
  const reader = await connection.runAndReadAll(
    "(SELECT id FROM ours EXCEPT ALL SELECT id FROM theirs) UNION ALL (SELECT id FROM theirs EXCEPT ALL SELECT id FROM ours) ORDER BY id",
  );
  const ids = reader.getRows().map(([id]) => String(id));
  return { kept: Number(kept.getRows()[0]?.[0]), examples: ids.slice(0, 3), count: ids.length };
}
