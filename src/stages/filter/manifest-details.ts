import type { Json } from "../../core/index.ts";
import { excerptAroundFault } from "./fault-excerpt.ts";
import { changesToJson, type GateChanges } from "./gate-changes.ts";
import type { GateFigures } from "./gate-figures.ts";

const excerptColumns = 160;

/** What the manifest's `details` hold of the gate, in its casing. `changes` is null where there was no earlier gate. */
export function toDetails(figures: GateFigures, changes: GateChanges | null = null): Record<string, Json> {
  const { funnel, sweep, examples } = figures;
  return {
    funnel: funnel.map(({ rule, in: before, out, alone }) => ({ rule, in: before, out, alone })),
    sweep: sweep.map(({ minJudgeScore, kept, costPerKeptUsd }) => ({
      min_judge_score: minJudgeScore,
      kept,
      cost_per_kept_usd: costPerKeptUsd,
    })),
    examples: Object.fromEntries(
      [...examples].map(([reason, rows]) => [
        reason,
        rows.map((example) => {
          const { id, sample, detail } = example;
          return { id, sample, detail, excerpt: excerptAroundFault(reason, example, excerptColumns) };
        }),
      ]),
    ),
    changes: changes === null ? null : changesToJson(changes),
  };
}
