import type { Json } from "../../../core/index.ts";
import type { TeacherOutputRow } from "../../../records/index.ts";

/** One row of the teacher's outputs, its columns named as in the file: `row.id`, `row.teacher_output`, `row.messages`. Not to be changed. */
export type GateRuleRow = TeacherOutputRow;

/** `detail` is any JSON value, for reason_details: what was measured, and what was expected of it. */
export type GateRuleOutcome = { readonly keep: true } | { readonly keep: false; readonly detail?: Json };

/**
 * A rule of your own for the gate, exported as `rule` (or several as the list `rules`) by a module that filters.yaml names under `rules`.
 *
 * @example
 * ```ts
 * import type { GateRule } from "nexacompute";
 *
 * export const rule: GateRule = {
 *   name: "shows_work",
 *   check(row) {
 *     const equations = row.teacher_output?.match(/=/g)?.length ?? 0;
 *     return equations >= 2 ? { keep: true } : { keep: false, detail: { equations, minimum: 2 } };
 *   },
 * };
 * ```
 */
export interface GateRule {
  /** Lower-case letters, digits, `_` and `-`, at most 40; a rejected row's reason is `rule:<name>`. */
  readonly name: string;
  /**
   * Sees each row once, in one of several threads: so it remembers nothing from row to row. What it throws, and an outcome that is none, ends
   * the stage and names the row. A promise is waited for, which is slower.
   */
  check(row: GateRuleRow): GateRuleOutcome | Promise<GateRuleOutcome>;
}
