import type { DuckDBConnection } from "@duckdb/node-api";
import type { Json } from "../../../core/index.ts";

/** One member of DuckDB's syntax tree, as `json_serialize_sql` writes it. */
type SyntaxNode = Readonly<Record<string, Json | undefined>>;

/** Why an SQL expression cannot be a rule, or null where it can: it must be one expression over the columns of one row, and nothing else. */
export type ExpressionFault = string | null;

const notOne = "it is more than one expression";

/** Reads the syntax tree of an expression; nothing is run. */
export async function findExpressionFault(expression: string, connection: DuckDBConnection): Promise<ExpressionFault> {
  // The line end closes a comment that the expression may end with.
  const reader = await connection.runAndReadAll("SELECT json_serialize_sql($1::VARCHAR)", [`SELECT (${expression}\n)`]);
  const tree = JSON.parse(String(reader.getRows()[0]?.[0])) as SyntaxNode;
  // A statement of another kind among them has no tree.
  if (tree.error === true && tree.error_type === "not implemented") return notOne;
  if (tree.error === true) return `DuckDB cannot read it: ${String(tree.error_message)}`;
  const statements = tree.statements as readonly SyntaxNode[];
  const node = statements[0]?.node as SyntaxNode | undefined;
  if (statements.length !== 1 || node === undefined || !isBareSelect(node)) return notOne;
  const called = new Set<string>();
  const fault = findInTree(node.select_list, called);
  return fault ?? findFunctionFault(called, connection);
}

/** Whether the tree is that of `SELECT (...)` alone: nothing in the expression closes the parenthesis to go on with a FROM or a second column. */
function isBareSelect(node: SyntaxNode): boolean {
  const {
    type,
    modifiers,
    select_list,
    from_table,
    cte_map,
    where_clause,
    group_expressions,
    having,
    qualify,
    sample,
  } = node;
  const isEmpty = (list: unknown): boolean => Array.isArray(list) && list.length === 0;
  return (
    type === "SELECT_NODE" &&
    Array.isArray(select_list) &&
    select_list.length === 1 &&
    (from_table as SyntaxNode).type === "EMPTY" &&
    isEmpty(modifiers) &&
    isEmpty(group_expressions) &&
    isEmpty((cte_map as SyntaxNode).map) &&
    [where_clause, having, qualify, sample].every((clause) => clause === null)
  );
}

const refusedClasses: Readonly<Record<string, string>> = {
  SUBQUERY: "a subquery is not allowed: a rule looks at one row",
  WINDOW: "a window function is not allowed: a rule looks at one row",
  STAR: "`*` is not allowed: name the columns",
  PARAMETER: "a parameter (?, $1) is not allowed: there is nothing to fill it in",
};

/** Words that are written like columns and call a function. */
const clocks = /^(?:current_(?:date|time|timestamp)|local(?:time|timestamp))$/i;

function changing(name: string): string {
  return `${name} gives another value each time: the same row must be kept tomorrow`;
}

/** Notes the functions that are called on the way. */
function findInTree(tree: Json | undefined, called: Set<string>): ExpressionFault {
  const waiting: (Json | undefined)[] = [tree];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (typeof node !== "object" || node === null) continue;
    if (!Array.isArray(node)) {
      const { class: kind, function_name: name, column_names: path } = node as SyntaxNode;
      const refused = typeof kind === "string" ? refusedClasses[kind] : undefined;
      if (refused !== undefined) return refused;
      if (kind === "COLUMN_REF" && clocks.test(String(path))) return changing(String(path));
      if (kind === "FUNCTION" && typeof name === "string") called.add(name.toLowerCase());
    }
    for (const value of Object.values(node)) waiting.push(value);
  }
  return null;
}

/** @returns what is wrong with the functions that are called; one that does not exist is left to DuckDB, which suggests others. */
async function findFunctionFault(called: ReadonlySet<string>, connection: DuckDBConnection): Promise<ExpressionFault> {
  if (called.has("unnest")) return "unnest is not allowed: a rule gives one value for a row";
  const reader = await connection.runAndReadAll(functionsSql, [JSON.stringify([...called])]);
  for (const [name, isAggregate, isUnstable, macro] of reader.getRows()) {
    if (isAggregate === true) return `${name} sums up many rows: a rule looks at one`;
    if (isUnstable === true) return changing(String(name));
    // A macro is an expression itself; none of DuckDB's calls itself.
    const fault = macro === null ? null : await findExpressionFault(String(macro), connection);
    if (fault !== null) return `${name}: ${fault}`;
  }
  return null;
}

const functionsSql = `
  SELECT function_name, bool_or(function_type = 'aggregate'), bool_or(stability <> 'CONSISTENT'), any_value(macro_definition)
  FROM duckdb_functions()
  WHERE function_type IN ('aggregate', 'scalar', 'macro') AND list_contains($1::JSON::VARCHAR[], function_name)
  GROUP BY function_name ORDER BY function_name`;
