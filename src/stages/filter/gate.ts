import { setImmediate } from "node:timers/promises";
import { CancelledError } from "../../core/index.ts";
import type { TeacherOutputRow } from "../../records/index.ts";
import type { RuleSet } from "./create-rules.ts";
import type { Judgement } from "./judgement.ts";
import type { Candidate, Failure, Rule } from "./rule.ts";

/** A row with everything that speaks against it. */
export interface GatedRow {
  readonly row: TeacherOutputRow;
  readonly judgement: Judgement | null;
  /** In the rules' order; empty for a kept row. */
  readonly failures: readonly Failure[];
  /** Place of the first failing rule among all rules, free ones first; null for a kept row. */
  readonly firstFailure: number | null;
}

export interface GateOptions {
  readonly rules: RuleSet;
  /** Asked for the rows that passed the free rules, all at once; one judgement each, in their order. */
  readonly judge: ((rows: readonly TeacherOutputRow[]) => Promise<readonly Judgement[]>) | null;
  readonly signal: AbortSignal;
}

/** Rows between two looks at the signal. */
const chunkRows = 512;

/** Runs every row through the rules: first those that cost nothing, then the judge, then those that need its verdict. Order is kept. */
export async function runGate(rows: readonly TeacherOutputRow[], options: GateOptions): Promise<GatedRow[]> {
  const { rules, judge, signal } = options;
  const checked: GatedRow[] = [];
  for (let start = 0; start < rows.length; start += chunkRows) {
    if (signal.aborted) throw new CancelledError();
    checked.push(...checkChunk(rows.slice(start, start + chunkRows), rules.free));
    await setImmediate();
  }
  if (judge === null || rules.judged.length === 0) return checked;
  const passed = checked.filter(({ failures }) => failures.length === 0).map(({ row }) => row);
  const judgements = (await judge(passed))[Symbol.iterator]();
  return checked.map((gated) => {
    if (gated.failures.length > 0) return gated;
    const next = judgements.next();
    if (next.done) throw new Error("The judge gave fewer judgements than it was given rows");
    const candidate = { ...candidateOf(gated.row), judgement: next.value };
    return { row: gated.row, judgement: next.value, ...applyRules(candidate, rules.judged, rules.free.length) };
  });
}

function checkChunk(rows: readonly TeacherOutputRow[], rules: readonly Rule[]): GatedRow[] {
  return rows.map((row) => {
    const candidate = candidateOf(row);
    const outcome = applyRules(candidate, rules, 0);
    if (outcome.failures.length === 0) for (const rule of rules) rule.admit?.(candidate);
    return { row, judgement: null, ...outcome };
  });
}

function candidateOf(row: TeacherOutputRow): Candidate {
  return { row, answer: row.teacher_output ?? "", judgement: null };
}

function applyRules(
  candidate: Candidate,
  rules: readonly Rule[],
  firstPlace: number,
): Pick<GatedRow, "failures" | "firstFailure"> {
  const failures: Failure[] = [];
  let firstFailure: number | null = null;
  for (const [index, rule] of rules.entries()) {
    const outcome = rule.check(candidate);
    if (outcome.keep) continue;
    failures.push({ reason: outcome.reason, detail: outcome.detail });
    firstFailure ??= firstPlace + index;
    // Without an answer, or without a verdict, there is nothing for the other rules to measure.
    if (outcome.reason === "empty" || outcome.reason === "unjudged") break;
  }
  return { failures, firstFailure };
}
