import type { ReasonCode } from "../../records/index.ts";
import type { RuleSet } from "./create-rules.ts";
import type { GatedRow } from "./gate.ts";

export interface FunnelStep {
  readonly rule: string;
  /** Rows that passed all the rules before. */
  readonly in: number;
  readonly out: number;
}

export interface Tally {
  readonly input: number;
  readonly kept: number;
  readonly rejected: number;
  /** Neither kept nor rejected: the judge gave no verdict. */
  readonly unjudged: number;
  readonly funnel: readonly FunnelStep[];
  /** Rows per reason, the most frequent first; a row counts for each of its reasons. */
  readonly reasons: ReadonlyMap<ReasonCode, number>;
}

/** Whether the judge gave no verdict, and nothing else speaks against the row. */
function isUnjudged({ failures }: GatedRow): boolean {
  return failures.some(({ reason }) => reason === "unjudged");
}

/** Counts what became of the rows. Every row is kept, rejected or unjudged. */
export function tallyRows(rows: readonly GatedRow[], rules: RuleSet): Tally {
  const all = [...rules.free, ...rules.judged];
  const stoppedAt = new Array<number>(all.length).fill(0);
  const reasons = new Map<ReasonCode, number>();
  let kept = 0;
  let unjudged = 0;
  for (const row of rows) {
    if (row.firstFailure === null) kept++;
    else stoppedAt[row.firstFailure] = (stoppedAt[row.firstFailure] ?? 0) + 1;
    if (isUnjudged(row)) unjudged++;
    for (const { reason } of row.failures) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const rejected = rows.filter((row) => row.failures.length > 0 && !isUnjudged(row)).length;
  if (kept + rejected + unjudged !== rows.length) {
    throw new Error(
      `${kept} kept, ${rejected} rejected and ${unjudged} unjudged rows are not the ${rows.length} that came in`,
    );
  }
  return {
    input: rows.length,
    kept,
    rejected,
    unjudged,
    funnel: buildFunnel(all, stoppedAt, rows.length),
    reasons: sorted(reasons),
  };
}

function buildFunnel(rules: readonly { name: string }[], stoppedAt: readonly number[], input: number): FunnelStep[] {
  let left = input;
  return rules.map(({ name }, index) => {
    const step = { rule: name, in: left, out: left - (stoppedAt[index] ?? 0) };
    left = step.out;
    return step;
  });
}

function sorted(reasons: ReadonlyMap<ReasonCode, number>): Map<ReasonCode, number> {
  return new Map([...reasons].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}
