import type { DuckDBType } from "@duckdb/node-api";
import { quoteName } from "./columns.ts";
import type { DuckDB } from "./duckdb.ts";

// DuckDB's Node API decodes text with a TextDecoder that swallows a byte order mark (U+FEFF) at its start.
const markToSwallow = "chr(65279)";

/** An SQL expression for a column whose texts arrive whole: one that begins with a mark is given another, to be swallowed in its place. */
export function selectWholeText(name: string, type: DuckDBType, duckdb: DuckDB): string {
  return `${protect(quoteName(name), { type, depth: 0, duckdb })} AS ${quoteName(name)}`;
}

function protect(sql: string, context: { type: DuckDBType; depth: number; duckdb: DuckDB }): string {
  const { type, depth, duckdb } = context;
  if (type instanceof duckdb.DuckDBVarCharType)
    return `CASE WHEN starts_with(${sql}, ${markToSwallow}) THEN ${markToSwallow} || ${sql} ELSE ${sql} END`;
  if (type instanceof duckdb.DuckDBListType) {
    const item = `item${depth}`;
    const inner = protect(item, { type: type.valueType, depth: depth + 1, duckdb });
    return inner === item ? sql : `list_transform(${sql}, lambda ${item}: ${inner})`;
  }
  if (type instanceof duckdb.DuckDBStructType) {
    const fields = type.entryNames.map((field, index) => {
      const fieldType = type.entryTypes[index] ?? duckdb.VARCHAR;
      return `${quoteName(field)} := ${protect(`${sql}.${quoteName(field)}`, { type: fieldType, depth, duckdb })}`;
    });
    return `CASE WHEN ${sql} IS NULL THEN NULL ELSE struct_pack(${fields.join(", ")}) END`;
  }
  return sql;
}
