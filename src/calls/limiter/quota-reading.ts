/** What a quota counts. */
export const quotaKinds = ["requests", "tokens", "input_tokens", "output_tokens"] as const;
export type QuotaKind = (typeof quotaKinds)[number];

/** One quota as a response tells of it. */
export interface QuotaReading {
  readonly kind: QuotaKind;
  readonly limit: number;
  /** Null where the response does not say. */
  readonly remaining: number | null;
  /** Milliseconds until the quota is whole again, or until its window ends; which of both is for the reader to find out. */
  readonly resetMs: number | null;
  /** Null where neither the header's name nor its provider's documentation says it. */
  readonly windowMs: number | null;
}

export const secondMs = 1_000;
export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;
