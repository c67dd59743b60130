import type { Measurement } from "./report-schema.ts";
import type { Score } from "./score.ts";
import { wilsonInterval } from "./wilson.ts";

export interface MeasureInput {
  readonly model: string;
  /** One per test prompt, in the same order as `scores`; null where there is no answer. */
  readonly answers: readonly (string | null)[];
  readonly scores: readonly Score[];
  /** Seconds spent answering; null for answers that were there before. */
  readonly seconds: number | null;
}

/** Adds scores up: accuracy over the answers that a program could check, with its 95% interval and what is wrong first in the others. */
export function measure({ model, answers, scores, seconds }: MeasureInput): Measurement {
  const checked = scores.filter(({ isCorrect }) => isCorrect !== null);
  const correct = checked.filter(({ isCorrect }) => isCorrect).length;
  const interval = wilsonInterval(correct, checked.length);
  return {
    model,
    answered: answers.filter((answer) => answer !== null && answer.trim() !== "").length,
    checked: checked.length,
    correct,
    accuracy: checked.length === 0 ? null : correct / checked.length,
    ci95: interval === null ? null : [...interval],
    failures: countFailures(checked),
    seconds,
  };
}

/** Most frequent first, names in order among equals. */
function countFailures(scores: readonly Score[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { failure } of scores) {
    if (failure !== null) counts.set(failure, (counts.get(failure) ?? 0) + 1);
  }
  return sortHistogram(Object.fromEntries(counts));
}

/** The entries of a histogram, most frequent first, names in order among equals. */
export function sortHistogram(histogram: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(histogram).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}
