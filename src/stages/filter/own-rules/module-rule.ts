import { DataError, errorMessage, type Json, toSafeLine } from "../../../core/index.ts";
import { type Candidate, keep, type Rule, type RuleOutcome, reject } from "../rule.ts";
import type { GateRule, GateRuleRow } from "./gate-rule.ts";
import { describeValue, isJson, limitDetail } from "./outcome-json.ts";
import { stackPlace } from "./stack-place.ts";

interface ModulePlace {
  /** As filters.yaml names it. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
}

/** A user's rule among the gate's own. Whatever goes wrong in it ends the stage: a rule that cannot decide must not let a row pass. */
export function moduleRule(rule: GateRule, module: ModulePlace): Rule {
  const reason = `rule:${rule.name}` as const;
  const settle = (outcome: unknown, row: GateRuleRow): RuleOutcome => {
    const fault = faultOf(outcome);
    if (fault !== null) throw badOutcome(fault, { rule, module, row });
    const { keep: isKept, detail = null } = outcome as { keep: boolean; detail?: Json };
    return isKept ? keep : reject(reason, limitDetail(detail));
  };
  return {
    name: reason,
    reasons: [reason],
    needsWholeRow: true,
    check(candidate) {
      const row = rowOf(candidate);
      let outcome: unknown;
      try {
        outcome = rule.check(row);
      } catch (error) {
        throw crash(error, { rule, module, row });
      }
      if (!isThenable(outcome)) return settle(outcome, row);
      return Promise.resolve(outcome).then(
        (settled) => settle(settled, row),
        (error) => {
          throw crash(error, { rule, module, row });
        },
      );
    },
  };
}

/** The row with the answer as the rules before left it; frozen, so that no rule changes what the next one sees. */
function rowOf({ wholeRow, answer }: Candidate): GateRuleRow {
  if (wholeRow === null) throw new Error("A rule that needs the whole row was given none");
  if (!Object.isFrozen(wholeRow)) {
    Object.freeze(wholeRow);
    Object.freeze(wholeRow.messages).forEach(Object.freeze);
  }
  const isAsItWas = (wholeRow.teacher_output ?? "") === answer;
  return isAsItWas ? wholeRow : Object.freeze({ ...wholeRow, teacher_output: answer });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** What is wrong with an outcome, or null. */
function faultOf(outcome: unknown): string | null {
  if (typeof outcome !== "object" || outcome === null || Array.isArray(outcome)) {
    return `returned ${describeValue(outcome)} instead of {keep: true} or {keep: false, detail}`;
  }
  const { keep: isKept, detail } = outcome as { keep?: unknown; detail?: unknown };
  if (typeof isKept !== "boolean")
    return `returned an object whose \`keep\` is ${describeValue(isKept)} instead of true or false`;
  if (detail !== undefined && !isJson(detail))
    return `returned a \`detail\` that JSON cannot hold (${describeValue(detail)})`;
  return null;
}

interface FaultContext {
  readonly rule: GateRule;
  readonly module: ModulePlace;
  readonly row: GateRuleRow;
}

function badOutcome(fault: string, { rule, module, row }: FaultContext): DataError {
  return new DataError(`the rule \`${rule.name}\` ${fault}, for ${describeRow(row)}`, {
    file: module.file,
    code: "own_rule_failed",
    hint: "Return {keep: true}, or {keep: false, detail: ...} with numbers, texts, lists and plain objects, on every way through `check`.",
  });
}

function crash(error: unknown, { rule, module, row }: FaultContext): DataError {
  const name = error instanceof Error ? `${error.name}: ` : "";
  const message = toSafeLine(`${name}${errorMessage(error)}`, 400);
  const place = stackPlace(error, module);
  const at = place === undefined ? `Look into ${module.file}` : `It was thrown at ${place}`;
  return new DataError(`the rule \`${rule.name}\` failed for ${describeRow(row)}: ${message}`, {
    file: module.file,
    code: "own_rule_failed",
    hint: `${at}. Nothing was written: a rule that cannot decide about a row must not let it pass.`,
    cause: error,
  });
}

function describeRow({ id, sample }: GateRuleRow): string {
  return `the row \`${toSafeLine(id, 80)}\`, sample ${sample}`;
}
