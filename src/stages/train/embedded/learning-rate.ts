import type { TinySchedule } from "../../../student/index.ts";

/** Share of the peak learning rate at a step counted from 0: a linear rise, then a cosine down to the last step. */
export function learningRateShare(step: number, schedule: TinySchedule): number {
  const { steps, warmup_steps: warmup, final_learning_rate_share: floor } = schedule;
  if (step < warmup) return (step + 1) / warmup;
  const progress = (step - warmup) / Math.max(1, steps - warmup);
  return floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress)));
}
