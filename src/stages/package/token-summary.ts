import type { SftRow } from "../../records/index.ts";

export interface TokenSummary {
  /** Tokens a row. */
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
  readonly total: number;
  /** Share of all tokens that carry loss. */
  readonly lossShare: number;
}

/** Tokens of the rows as the student sees them; null where its tokenizer is not at hand. */
export function summarizeTokens(rows: readonly SftRow[]): TokenSummary | null {
  const lengths: number[] = [];
  let loss = 0;
  for (const { metadata } of rows) {
    if (metadata.prompt_tokens === null || metadata.completion_tokens === null) return null;
    lengths.push(metadata.prompt_tokens + metadata.completion_tokens);
    loss += metadata.completion_tokens;
  }
  if (lengths.length === 0) return null;
  lengths.sort((a, b) => a - b);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const at = (share: number): number =>
    lengths[Math.min(lengths.length - 1, Math.ceil(share * lengths.length) - 1)] ?? 0;
  return {
    min: lengths[0] ?? 0,
    median: at(0.5),
    p95: at(0.95),
    max: lengths.at(-1) ?? 0,
    total,
    lossShare: loss / total,
  };
}
