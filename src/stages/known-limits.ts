import { type Ledger, readLearntLimits } from "../calls/index.ts";
import type { ModelDescription, ModelLimits } from "../models/index.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** The account's limits for a model: as the project gives them, and where it gives none as the server told them in an earlier run. */
export function knownLimits(model: ModelDescription, ledger: Ledger | null): ModelLimits {
  const note = ledger === null || model.isLocal ? null : readLearntLimits(ledger, { model });
  if (note === null) return model.limits;
  const told = (kind: string, windowMs: number): number | null =>
    note.limits.find((limit) => limit.kind === kind && limit.windowMs === windowMs)?.limit ?? null;
  const found = note.requestsPerMs === null ? null : Math.round(note.requestsPerMs * minuteMs);
  const { limits } = model;
  return {
    requestsPerMinute: limits.requestsPerMinute ?? told("requests", minuteMs) ?? found,
    tokensPerMinute: limits.tokensPerMinute ?? told("tokens", minuteMs),
    inputTokensPerMinute: limits.inputTokensPerMinute ?? told("input_tokens", minuteMs),
    outputTokensPerMinute: limits.outputTokensPerMinute ?? told("output_tokens", minuteMs),
    requestsPerDay: limits.requestsPerDay ?? told("requests", dayMs),
    concurrency: limits.concurrency,
  };
}
