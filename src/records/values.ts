import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";
import type { Column } from "./columns.ts";
import type { DuckDB } from "./duckdb.ts";

/** A value that does not fit its column; `place` is the column and the way into it, e.g. `messages[2].content`. */
export class ValueError extends Error {
  readonly place: string;

  constructor(place: string, expected: string, got: unknown) {
    super(`expected \`${place}\` to be ${expected}, got ${describe(got)}`);
    this.name = "ValueError";
    this.place = place;
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return typeof value === "object" ? "a list or object" : `${typeof value} ${String(value).slice(0, 60)}`;
}

const maxInteger = 2 ** 31 - 1;

/** From a row's member to what DuckDB's appender takes. Half surrogate pairs, which UTF-8 cannot hold, become U+FFFD. */
export function encodeValue(value: unknown, column: Column, context: { duckdb: DuckDB; place: string }): DuckDBValue {
  const { duckdb, place } = context;
  if (value === null || value === undefined) {
    if (column.isNullable) return null;
    throw new ValueError(place, expectation(column), value);
  }
  switch (column.kind) {
    case "list":
      if (!Array.isArray(value)) break;
      return duckdb.listValue(
        value.map((item, index) => encodeValue(item, column.item, { duckdb, place: `${place}[${index}]` })),
      );
    case "struct": {
      if (typeof value !== "object" || Array.isArray(value)) break;
      const members = value as Record<string, unknown>;
      const entries = Object.entries(column.fields).map(([name, field]) => [
        name,
        encodeValue(members[name], field, { duckdb, place: `${place}.${name}` }),
      ]);
      return duckdb.structValue(Object.fromEntries(entries));
    }
    case "text":
      if (typeof value !== "string") break;
      return checkText(value.toWellFormed(), column, place);
    default:
      return decodeValue(value as DuckDBValue, column, place) as DuckDBValue;
  }
  throw new ValueError(place, expectation(column), value);
}

/** From DuckDB's value to a row's member; 64-bit integers become numbers. */
export function decodeValue(value: DuckDBValue, column: Column, place: string): unknown {
  if (value === null) {
    if (column.isNullable) return null;
    throw new ValueError(place, expectation(column), value);
  }
  switch (column.kind) {
    case "text":
      if (typeof value === "string") return checkText(value, column, place);
      break;
    case "boolean":
      if (typeof value === "boolean") return value;
      break;
    case "integer": {
      const number = typeof value === "bigint" ? Number(value) : value;
      if (typeof number === "number" && Number.isInteger(number) && Math.abs(number) <= maxInteger) return number;
      break;
    }
    case "double":
      if (typeof value === "number" || typeof value === "bigint") return Number(value);
      break;
    case "list":
      return itemsOf(value).map((item, index) => decodeValue(item, column.item, `${place}[${index}]`));
    case "struct": {
      const entries = entriesOf(value);
      return Object.fromEntries(
        Object.entries(column.fields).map(([name, field]) => [
          name,
          decodeValue(entries[name] ?? null, field, `${place}.${name}`),
        ]),
      );
    }
  }
  throw new ValueError(place, expectation(column), value);
}

/** The value as JSON would hold it, for a file whose columns are not known beforehand. */
export function toPlainValue(value: DuckDBValue): unknown {
  if (typeof value === "bigint") return toPlainNumber(value);
  if (typeof value !== "object" || value === null) return value;
  if ("items" in value) return itemsOf(value).map(toPlainValue);
  if (!("entries" in value)) return String(value);
  if (Array.isArray(value.entries)) return String(value);
  return Object.fromEntries(Object.entries(entriesOf(value)).map(([name, entry]) => [name, toPlainValue(entry)]));
}

/** A number, or the digits of one that a double does not hold exactly, such as a long id. */
export function toPlainNumber(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function itemsOf(value: DuckDBValue): readonly DuckDBValue[] {
  return (value as { items: readonly DuckDBValue[] }).items;
}

function entriesOf(value: DuckDBValue): Readonly<Record<string, DuckDBValue>> {
  return (value as { entries: Readonly<Record<string, DuckDBValue>> }).entries;
}

function checkText(value: string, column: Column & { kind: "text" }, place: string): string {
  if (column.values !== undefined && !column.values.includes(value))
    throw new ValueError(place, expectation(column), value);
  return value;
}

function expectation(column: Column): string {
  switch (column.kind) {
    case "text":
      return column.values === undefined ? "text" : `one of ${column.values.join(", ")}`;
    case "integer":
      return "a whole number of 32 bits";
    case "double":
      return "a number";
    case "boolean":
      return "true or false";
    default:
      return `a ${column.kind}`;
  }
}

const integerTypes = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"];

/** Whether a file's column can hold what ours does, whoever wrote it: wider numbers and further struct fields are welcome. */
export function isCompatible(column: Column, type: DuckDBType, duckdb: DuckDB): boolean {
  const name = duckdb.DuckDBTypeId[type.typeId] ?? "";
  switch (column.kind) {
    case "text":
      return name === "VARCHAR" || name === "ENUM";
    case "boolean":
      return name === "BOOLEAN";
    case "integer":
      return integerTypes.includes(name);
    case "double":
      return integerTypes.includes(name) || name === "FLOAT" || name === "DOUBLE";
    case "list":
      return type instanceof duckdb.DuckDBListType && isCompatible(column.item, type.valueType, duckdb);
    case "struct":
      if (!(type instanceof duckdb.DuckDBStructType)) return false;
      return Object.entries(column.fields).every(([field, inner]) => {
        const found = type.entryTypes[type.entryNames.indexOf(field)];
        return found !== undefined && isCompatible(inner, found, duckdb);
      });
  }
}
