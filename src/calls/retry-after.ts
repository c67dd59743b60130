/**
 * How long a response asks to wait, in milliseconds: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date; null where it
 * says nothing that can be read. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function readRetryAfterMs(
  headers: Readonly<Record<string, string>> | undefined,
  now: number = Date.now(),
): number | null {
  const milliseconds = readNumber(headers?.["retry-after-ms"]);
  if (milliseconds !== null) return milliseconds;
  const text = headers?.["retry-after"]?.trim();
  if (text === undefined || text === "") return null;
  const seconds = readNumber(text);
  if (seconds !== null) return seconds * 1000;
  const date = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function readNumber(text: string | undefined): number | null {
  if (text === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return null;
  return Number(text);
}
