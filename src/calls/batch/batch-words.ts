import { formatCount, formatDuration, toSafeLine } from "../../core/index.ts";
import type { BatchStatus } from "../../models/index.ts";

/** What there is to say of one open batch. */
export interface BatchFacts {
  readonly calls: number;
  /** Null before the first look. */
  readonly status: BatchStatus | null;
  /** Why the last look failed, or null. */
  readonly trouble: string | null;
  /** In milliseconds since the epoch; null while one is under way. */
  readonly nextLookAt: number | null;
}

/** "2 batches at openai: 1,200 of 3,000 done (1 validating, 1 in progress), next look in 15 s"; empty for none. */
export function describeBatches(provider: string, batches: readonly BatchFacts[], now: number = Date.now()): string {
  if (batches.length === 0) return "";
  const total = batches.reduce((sum, { calls }) => sum + calls, 0);
  const done = batches.reduce(
    (sum, { status }) => sum + (status?.counts?.done ?? 0) + (status?.counts?.failed ?? 0),
    0,
  );
  const subject = batches.length === 1 ? "1 batch" : `${formatCount(batches.length)} batches`;
  const trouble = batches.find((batch) => batch.trouble !== null)?.trouble;
  return [
    `${subject} at ${provider}: ${formatCount(done)} of ${formatCount(total)} done (${describePhases(batches)})`,
    ...(trouble === undefined || trouble === null ? [] : [`the last look failed: ${toSafeLine(trouble, 120)}`]),
    describeNextLook(batches, now),
  ].join(", ");
}

function describePhases(batches: readonly BatchFacts[]): string {
  const counts = new Map<string, number>();
  for (const { status } of batches) {
    const phase = status === null ? "submitted" : toSafeLine(status.rawStatus.replaceAll("_", " "), 30);
    counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  if (counts.size === 1) return [...counts.keys()].join("");
  return [...counts].map(([phase, count]) => `${count} ${phase}`).join(", ");
}

function describeNextLook(batches: readonly BatchFacts[], now: number): string {
  const times = batches.flatMap(({ nextLookAt }) => (nextLookAt === null ? [] : [nextLookAt]));
  if (times.length === 0) return "looking now";
  return `next look in ${formatDuration(Math.max(0, Math.min(...times) - now) / 1000)}`;
}
