/** The type of one column, or of a part of one. */
export type Column = { readonly isNullable?: boolean } & (
  | { readonly kind: "text"; readonly values?: readonly string[] }
  | { readonly kind: "boolean" }
  /** 32 bits, signed. */
  | { readonly kind: "integer" }
  | { readonly kind: "double" }
  | { readonly kind: "list"; readonly item: Column }
  | { readonly kind: "struct"; readonly fields: Readonly<Record<string, Column>> }
);

/** The columns of one kind of file; a row is an object with exactly these keys. */
export interface RowSchema<Row> {
  /** What the file holds, in the words of an error, e.g. "teacher outputs". */
  readonly name: string;
  readonly columns: { readonly [Key in keyof Row & string]: Column };
}

export const text: Column = { kind: "text" };
export const boolean: Column = { kind: "boolean" };
export const integer: Column = { kind: "integer" };
export const double: Column = { kind: "double" };

/** A text that is one of the given ones. */
export function oneOf(values: readonly string[]): Column {
  return { kind: "text", values };
}

export function list(item: Column): Column {
  return { kind: "list", item };
}

export function struct(fields: Readonly<Record<string, Column>>): Column {
  return { kind: "struct", fields };
}

export function nullable(column: Column): Column {
  return { ...column, isNullable: true };
}

/** The column's type in DuckDB's SQL. Names come from our own schemas, never from a file. */
export function sqlType(column: Column): string {
  switch (column.kind) {
    case "text":
      return "VARCHAR";
    case "boolean":
      return "BOOLEAN";
    case "integer":
      return "INTEGER";
    case "double":
      return "DOUBLE";
    case "list":
      return `${sqlType(column.item)}[]`;
    case "struct":
      return `STRUCT(${Object.entries(column.fields)
        .map(([name, field]) => `${quoteName(name)} ${sqlType(field)}`)
        .join(", ")})`;
  }
}

/** An SQL identifier that stands for exactly this name. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
