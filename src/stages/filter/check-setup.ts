import type { FiltersConfig } from "../../config/index.ts";
import { teacherOutputSchema } from "../../records/index.ts";
import type { RangeColumn } from "../../records/parquet-range.ts";
import type { RuleContext } from "./create-rules.ts";
import type { HeldOutIndex } from "./decontamination/index.ts";

/** What a thread needs to check rows of the input: a structured clone of it is as good. */
export interface CheckSetup {
  /** Absolute path of a Parquet file of teacher outputs. */
  readonly path: string;
  /** The name that errors use. */
  readonly file: string;
  readonly filters: FiltersConfig;
  readonly rules: RuleContext;
  /** Whether the rows that the judge is to see are wanted, with their texts. */
  readonly hasJudge: boolean;
  /** Held-out texts to look for, or null. */
  readonly heldOut: HeldOutIndex | null;
  /** By row, in memory that all threads share: 1 where the row can come into training or validation; null for all of them. */
  readonly trainedOn: Uint8Array | null;
}

/** The whole conversation as one text; see `GateRow.request`. */
export const requestSql =
  "CASE WHEN len(messages) > 1 THEN array_to_string(list_transform(messages, lambda turn: turn.role || ': ' || turn.content), " +
  "chr(10) || chr(10)) ELSE prompt END";

const gateColumns = [
  "teacher_output",
  "finish_reason",
  "completion_tokens",
  "error",
  "expects_json",
  "prompt",
] as const;

/** Which columns are read besides those that every rule may look at. */
export interface ColumnNeeds {
  readonly request: boolean;
  readonly reference: boolean;
  readonly wholeRow: boolean;
  readonly sqlExpressions: readonly string[];
}

/** Where each value stands in a chunk's columns; -1 for what is not read. */
export interface ColumnPlan {
  readonly columns: readonly RangeColumn[];
  readonly request: number;
  readonly reference: number;
  /** First of the SQL rules' values. */
  readonly sqlValues: number;
  /** First of the whole row's columns, which are `wholeRowColumns`. */
  readonly wholeRow: number;
}

/** In the order of the file. */
export const wholeRowColumns = Object.keys(teacherOutputSchema.columns);

/** The gate's own six columns first, then what else is needed. */
export function planColumns(needs: ColumnNeeds): ColumnPlan {
  const columns: RangeColumn[] = gateColumns.map(column);
  const add = (isNeeded: boolean, more: readonly RangeColumn[]): number =>
    isNeeded ? columns.push(...more) - more.length : -1;
  const request = add(needs.request, [{ name: "request", sql: requestSql }]);
  const reference = add(needs.reference, [column("reference")]);
  const sqlValues = add(
    true,
    needs.sqlExpressions.map((sql) => ({ name: "rule", sql })),
  );
  const wholeRow = add(needs.wholeRow, wholeRowColumns.map(column));
  return { columns, request, reference, sqlValues, wholeRow };
}

function column(name: string): RangeColumn {
  return { name, sql: `"${name}"` };
}
