import type { BatchError } from "../../models/index.ts";

/** What to do about a batch that the provider did not take. */
export type RefusalVerdict =
  /** More tokens wait at the provider than it allows: later, or with fewer lines. */
  | "too many tokens"
  /** Fewer lines in one batch. */
  | "too large"
  /** These lines are not taken as they stand; the others may be. */
  | { readonly lines: ReadonlyMap<number, BatchError> }
  /** No batch would be taken. */
  | "hopeless";

const hopelessCodes = /quota|billing|model|endpoint|unsupported|permission|auth/i;

/** By the provider's reasons; `lines` is how many the batch had. */
export function judgeRefusal(errors: readonly BatchError[], lines: number): RefusalVerdict {
  const says = (pattern: RegExp): boolean => errors.some(({ code, message }) => pattern.test(`${code} ${message}`));
  if (says(/token_limit_exceeded|enqueued[ _]token/i)) return "too many tokens";
  if (says(/file_too_large|too_many_(?:requests|tasks|lines)|request_too_large|exceeds the maximum number/i)) {
    return "too large";
  }
  const byLine = new Map<number, BatchError>();
  for (const error of errors) {
    const line = lineOf(error);
    if (line === null || hopelessCodes.test(error.code)) return "hopeless";
    if (!byLine.has(line)) byLine.set(line, error);
  }
  return byLine.size > 0 && (byLine.size < lines || lines === 1) ? { lines: byLine } : "hopeless";
}

/** Anthropic counts from 0 and says "requests.3.params.max_tokens: ...". */
function lineOf({ line, message }: BatchError): number | null {
  if (line !== null) return line;
  const index = /\brequests\.(\d+)\./.exec(message)?.[1];
  return index === undefined ? null : Number(index) + 1;
}
