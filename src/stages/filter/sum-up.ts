import type { Json } from "../../core/index.ts";
import type { ReasonCode } from "../../records/index.ts";
import type { GatedInput } from "./gate.ts";
import type { Example, FunnelStep, GateFigures, SweepStep } from "./gate-figures.ts";
import type { GateStore } from "./gate-store.ts";

export interface SumUpOptions {
  readonly store: GateStore;
  /** Whether a judge was asked. */
  readonly hasJudge: boolean;
  /** Dollars of all answers and verdicts. */
  readonly costUsd: number;
  /** Rows of the input that could not be read. */
  readonly badRows: number;
}

/** Counts what became of the rows: every one is kept, rejected or unjudged. */
export async function sumUp(gated: GatedInput, options: SumUpOptions): Promise<GateFigures> {
  const { state, ruleNames, keepable } = gated;
  const { kept, rejected, unjudged, redacted } = state.counts();
  const input = state.rows;
  if (kept + rejected + unjudged !== input) {
    throw new Error(
      `${kept} kept, ${rejected} rejected and ${unjudged} unjudged rows are not the ${input} that came in`,
    );
  }
  return {
    input,
    kept,
    rejected,
    unjudged,
    redacted,
    badRows: options.badRows,
    funnel: buildFunnel(ruleNames, { input, stoppedAt: state.stoppedAt(), alone: state.alone }),
    reasons: state.reasons,
    sweep: options.hasJudge ? sweepThresholds(state.scores, keepable, options.costUsd) : [],
    examples: await readExamples(gated, options.store),
  };
}

function buildFunnel(
  names: readonly string[],
  { input, stoppedAt, alone }: { input: number; stoppedAt: readonly number[]; alone: readonly number[] },
): FunnelStep[] {
  let left = input;
  return names.map((rule, place) => {
    const step = { rule, in: left, out: left - (stoppedAt[place] ?? 0), alone: alone[place] ?? 0 };
    left = step.out;
    return step;
  });
}

const thresholds = [0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

function sweepThresholds(scores: Float64Array, keepable: Uint8Array, costUsd: number): SweepStep[] {
  return thresholds.map((minJudgeScore) => {
    let kept = 0;
    for (let row = 0; row < scores.length; row++) {
      if (keepable[row] === 1 && (scores[row] as number) >= minJudgeScore) kept++;
    }
    return { minJudgeScore, kept, costPerKeptUsd: kept === 0 ? null : costUsd / kept };
  });
}

/** The picked rows with their ids and texts, which are read only now. */
async function readExamples(
  { examples, state }: GatedInput,
  store: GateStore,
): Promise<Map<ReasonCode, readonly Example[]>> {
  const picked = examples.picked();
  const rows = await store.readRows([...new Set([...picked.values()].flat().map(({ row }) => row))]);
  const ordered = [...state.reasons.keys()].map((reason): [ReasonCode, Example[]] => {
    const found = (picked.get(reason) ?? []).flatMap(({ row, detail }) => {
      const texts = rows.get(row);
      return texts === undefined ? [] : [{ ...texts, detail: JSON.parse(detail as string) as Json }];
    });
    return [reason, found];
  });
  return new Map(ordered);
}
