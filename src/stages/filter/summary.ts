import { formatCount, formatPercent, type Json, toSafeLine, unitHash } from "../../core/index.ts";
import type { ReasonCode } from "../../records/index.ts";
import type { GatedRow } from "./gate.ts";
import type { Tally } from "./tally.ts";

/** One row to look at for a reason. */
export interface Example {
  readonly id: string;
  readonly sample: number;
  readonly detail: Json;
  readonly answer: string | null;
}

/** One row per reason, drawn by its id's hash, so that the same run shows the same ones. */
export function sampleExamples(rows: readonly GatedRow[]): Map<ReasonCode, Example> {
  const drawn = new Map<ReasonCode, { rank: number; example: Example }>();
  for (const { row, failures } of rows) {
    if (failures.length === 0) continue;
    // A row with a single reason shows it best.
    const rank = failures.length + unitHash(`${row.id}#${row.sample}`);
    for (const { reason, detail } of failures) {
      if (rank >= (drawn.get(reason)?.rank ?? Number.POSITIVE_INFINITY)) continue;
      drawn.set(reason, { rank, example: { id: row.id, sample: row.sample, detail, answer: row.teacher_output } });
    }
  }
  return new Map([...drawn].map(([reason, { example }]) => [reason, example]));
}

const barWidth = 24;

/** The funnel, the histogram of reasons and an example of each, as lines that are safe for a terminal. */
export function renderSummary(tally: Tally, examples: ReadonlyMap<ReasonCode, Example>): string[] {
  const { input, kept, rejected, unjudged } = tally;
  return [
    `${formatCount(input)} answers: ${formatCount(kept)} kept (${formatPercent(input === 0 ? 0 : kept / input)}), ` +
      `${formatCount(rejected)} rejected, ${formatCount(unjudged)} unjudged`,
    ...renderFunnel(tally),
    ...renderReasons(tally),
    ...renderExamples(tally, examples),
  ];
}

function renderFunnel({ input, funnel }: Tally): string[] {
  const nameWidth = Math.max(...funnel.map(({ rule }) => rule.length), 5);
  const countWidth = Math.max(formatCount(input).length, 6);
  const line = (name: string, left: string, lost: string) =>
    `  ${name.padEnd(nameWidth)}  ${left.padStart(countWidth)}  ${lost.padStart(countWidth)}`.trimEnd();
  return [
    line("after", "left", "lost"),
    ...funnel.map(({ rule, in: before, out }) =>
      line(rule, formatCount(out), before === out ? "" : `-${formatCount(before - out)}`),
    ),
  ];
}

function renderReasons({ reasons, input }: Tally): string[] {
  if (reasons.size === 0) return [];
  const counts = [...reasons.values()];
  const most = Math.max(...counts);
  const nameWidth = Math.max(...[...reasons.keys()].map((reason) => reason.length));
  const countWidth = Math.max(...counts.map((count) => formatCount(count).length));
  return [
    "reasons (a row counts for each of its own):",
    ...[...reasons].map(([reason, count]) => {
      const bar = "█".repeat(Math.max(1, Math.round((barWidth * count) / most)));
      return `  ${reason.padEnd(nameWidth)}  ${formatCount(count).padStart(countWidth)}  ${bar.padEnd(barWidth)}  ${formatPercent(count / input)}`;
    }),
  ];
}

function renderExamples({ reasons }: Tally, examples: ReadonlyMap<ReasonCode, Example>): string[] {
  const lines = [...reasons.keys()].flatMap((reason) => {
    const example = examples.get(reason);
    return example === undefined ? [] : [`  ${reason}: ${describeExample(example)}`];
  });
  return lines.length === 0 ? [] : ["for example:", ...lines];
}

function describeExample({ id, sample, detail, answer }: Example): string {
  const name = sample === 0 ? id : `${id}#${sample}`;
  const quoted = answer === null ? "no answer" : `"${toSafeLine(aroundFault(answer, detail), 90)}"`;
  return `${toSafeLine(name, 40)} ${toSafeLine(JSON.stringify(detail), 120)} ${quoted}`;
}

/** The answer from a little before the place that the detail names; from its start where it names none. */
function aroundFault(answer: string, detail: Json): string {
  const { offset, position = offset } = (detail ?? {}) as { offset?: Json; position?: Json };
  if (typeof position !== "number" || position <= 60) return answer;
  return `…${answer.slice(position - 50).toWellFormed()}`;
}
