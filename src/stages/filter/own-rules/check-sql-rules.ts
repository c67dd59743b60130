import { resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { ConfigError, errorMessage, toSafeLine } from "../../../core/index.ts";
import { quoteName, sqlType } from "../../../records/columns.ts";
import { type Database, escapeGlob, openDatabase } from "../../../records/duckdb.ts";
import { teacherOutputSchema } from "../../../records/index.ts";
import { findExpressionFault } from "./read-expression.ts";
import { listSqlRules, type OwnRules, rulesFile, type SqlRule } from "./rule-names.ts";

/** A Parquet file of teacher outputs. */
export interface SqlSource {
  /** Absolute. */
  readonly path: string;
  /** The name that errors use. */
  readonly file: string;
}

/**
 * Prepares each SQL rule against the file's columns, and runs it over one row, so that what is wrong with it is said before the first row is
 * checked. Without a file, against the columns that every file of teacher outputs has.
 * @throws ConfigError naming `rules[i].keep`, the rule, DuckDB's message and the columns that are there.
 */
export async function checkSqlRules(rules: OwnRules, source: SqlSource | null): Promise<void> {
  const own = listSqlRules(rules);
  if (own.length === 0) return;
  using database = await openDatabase({ threads: 1 });
  const rows = await prepareRows(database, source);
  for (const rule of own) await checkSqlRule(rule, { database, rows });
}

/** Where rows come from. */
interface Rows {
  /** SQL: a table, or a call with `$1`. */
  readonly from: string;
  readonly parameters: readonly string[];
  readonly columns: readonly string[];
}

async function prepareRows({ connection }: Database, source: SqlSource | null): Promise<Rows> {
  if (source === null) await createOneRow(connection);
  const parameters = source === null ? [] : [escapeGlob(resolve(source.path))];
  // A table's name is a column too, of the whole row: this one nobody hits with a slip of the pen.
  const table = source === null ? "one_row" : "read_parquet($1, hive_partitioning = false, binary_as_string = true)";
  const from = `${table} AS "(row)"`;
  const head = await connection.run(`SELECT * FROM ${from} LIMIT 0`, [...parameters]);
  return { from, parameters, columns: head.columnNames() };
}

/** What every file of teacher outputs has, with one row of nulls. */
async function createOneRow(connection: DuckDBConnection): Promise<void> {
  const columns = Object.entries(teacherOutputSchema.columns).map(
    ([name, column]) => `${quoteName(name)} ${sqlType(column)}`,
  );
  await connection.run(`CREATE TABLE one_row (${columns.join(", ")})`);
  await connection.run("INSERT INTO one_row (id) VALUES (NULL)");
}

async function checkSqlRule(
  rule: SqlRule & { readonly key: string },
  { database, rows }: { readonly database: Database; readonly rows: Rows },
): Promise<void> {
  const { connection } = database;
  const fault = await findExpressionFault(rule.keep, connection);
  if (fault !== null) throw refuse(rule, fault, rows);
  let type: string;
  try {
    const sql = `SELECT (${rule.keep}\n) FROM ${rows.from} LIMIT 1`;
    const result = await connection.runAndReadAll(sql, [...rows.parameters]);
    type = result.columnType(0).toString();
  } catch (error) {
    throw refuse(rule, errorMessage(error), rows, error);
  }
  if (type !== "BOOLEAN") throw refuse(rule, `it gives ${type}, not true or false: compare it with something`, rows);
}

function refuse({ key, name }: SqlRule & { key: string }, fault: string, rows: Rows, cause?: unknown): ConfigError {
  return new ConfigError(`\`${key}.keep\` (rule \`${name}\`): ${sqlMessage(fault)}`, {
    file: rulesFile,
    code: "own_rule",
    hint: `An expression in DuckDB's SQL, true for the rows to keep. Columns: ${toSafeLine(rows.columns.join(", "), 600)}.`,
    cause,
  });
}

/** DuckDB's message without the picture of the statement that may follow it. */
export function sqlMessage(message: string): string {
  return toSafeLine((message.split(/\n\s*\n|\nLINE \d+:/)[0] ?? message).replaceAll("\n", " "), 400);
}
