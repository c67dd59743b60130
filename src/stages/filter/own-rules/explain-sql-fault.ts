import { resolve } from "node:path";
import { DataError, errorMessage, toSafeLine } from "../../../core/index.ts";
import { escapeGlob, openDatabase } from "../../../records/duckdb.ts";
import { type SqlSource, sqlMessage } from "./check-sql-rules.ts";
import { listSqlRules, type OwnRules } from "./rule-names.ts";

/**
 * DuckDB does not say which expression failed in which row: this looks for it, rule by rule, once reading has failed.
 * @returns a DataError naming the rule, the row and DuckDB's message; the error as it was where no SQL rule fails.
 */
export async function explainSqlFault(
  error: unknown,
  { rules, source }: { readonly rules: OwnRules; readonly source: SqlSource },
): Promise<unknown> {
  const own = listSqlRules(rules);
  if (own.length === 0) return error;
  using database = await openDatabase();
  const from = "read_parquet($1, file_row_number = true, hive_partitioning = false, binary_as_string = true)";
  for (const rule of own) {
    const value = `(${rule.keep}\n)`;
    // TRY is null where the expression fails, and only there: IS NULL itself is true or false.
    const sql = `SELECT id, sample, file_row_number FROM ${from} WHERE TRY(${value} IS NULL) IS NULL LIMIT 1`;
    const run = async (statement: string, row?: bigint) =>
      database.connection.runAndReadAll(statement, [
        escapeGlob(resolve(source.path)),
        ...(row === undefined ? [] : [row]),
      ]);
    const found = await run(sql).catch(() => null);
    const row = found?.getRows()[0];
    if (row === undefined) continue;
    const [id, sample, number] = row;
    const cause = await run(`SELECT ${value} FROM ${from} WHERE file_row_number = $2`, number as bigint).then(
      () => error,
      (thrown: unknown) => thrown,
    );
    return new DataError(
      `the rule \`${rule.name}\` (\`${rule.key}.keep\`) failed for the row \`${toSafeLine(String(id), 80)}\`, sample ${sample}: ${sqlMessage(errorMessage(cause))}`,
      {
        file: source.file,
        row: Number(number) + 1,
        code: "own_rule_failed",
        hint: "Make the expression hold for every row, e.g. with try_cast, or coalesce for nulls.",
        cause,
      },
    );
  }
  return error;
}
