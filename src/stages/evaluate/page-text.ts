/** Longest text shown of an answer or a prompt, in characters. */
const maxTextLength = 6_000;

/** A value with every text in it, keys too, made fit for a page. */
export function toPageValue<T>(value: T): T;
export function toPageValue(value: unknown): unknown {
  if (typeof value === "string") return toPageText(value);
  if (Array.isArray(value)) return value.map((member) => toPageValue<unknown>(member));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [toPageText(key), toPageValue<unknown>(member)]),
  );
}

/**
 * Foreign text for a page: control characters become the pictures of them, so that nothing is hidden, directions cannot be turned around,
 * and the file stays valid HTML. Line breaks and tabs stay. Escaping is the template's.
 */
function toPageText(text: string): string {
  const shown =
    text.length > maxTextLength
      ? `${text.slice(0, maxTextLength)}… (${text.length - maxTextLength} more characters)`
      : text;
  return (
    shown
      .toWellFormed()
      .replace(/\r\n?/g, "\n")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: showing them is the purpose
      .replace(/[\u0000-\u0008\u000b-\u001f]/g, (character) => String.fromCodePoint(0x2400 + character.charCodeAt(0)))
      .replace(/\u007f/g, "\u2421")
      .replace(/[\u0080-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]/g, "\ufffd")
  );
}
