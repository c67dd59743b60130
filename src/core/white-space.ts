/**
 * White space as Python's `str.split()` and its regular expressions see it: unlike JavaScript's it holds U+001C to U+001F and U+0085, but
 * not U+FEFF.
 * @see https://docs.python.org/3/library/stdtypes.html#str.isspace
 */
export const pythonWhiteSpace = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const stretches = new RegExp(`[${pythonWhiteSpace}]+`, "g");

function isPythonWhiteSpace(unit: number): boolean {
  if (unit <= 0x20) return (unit >= 0x09 && unit <= 0x0d) || unit >= 0x1c;
  if (unit < 0x1680) return unit === 0x85 || unit === 0xa0;
  if (unit < 0x2000) return unit === 0x1680;
  if (unit <= 0x200a) return true;
  return unit === 0x2028 || unit === 0x2029 || unit === 0x202f || unit === 0x205f || unit === 0x3000;
}

/** The text with each stretch of white space as one blank, and none at its ends: Python's `" ".join(text.split())`. */
export function collapseWhiteSpace(text: string): string {
  const collapsed = text.replace(stretches, " ");
  const start = collapsed.startsWith(" ") ? 1 : 0;
  return collapsed.slice(start, collapsed.endsWith(" ") ? -1 : undefined);
}

/** Code points of the text with its white space collapsed, which is not built for it; stops counting once there are `enough`. */
export function countCollapsed(text: string, enough = Number.POSITIVE_INFINITY): number {
  let count = 0;
  let hasGap = false;
  let isAfterHigh = false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (isPythonWhiteSpace(unit)) {
      hasGap = count > 0;
      isAfterHigh = false;
      continue;
    }
    // The second half of a pair belongs to the code point that the first one began.
    const isSecondHalf = isAfterHigh && (unit & 0xfc00) === 0xdc00;
    isAfterHigh = (unit & 0xfc00) === 0xd800;
    if (isSecondHalf) continue;
    if (hasGap) count++;
    hasGap = false;
    count++;
    if (count >= enough) return count;
  }
  return count;
}

/** Code points of a text; stops counting once there are `enough`. */
export function countCodePoints(text: string, enough = Number.POSITIVE_INFINITY): number {
  // A code point has one or two code units.
  if (text.length >= 2 * enough) return enough;
  let count = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    if ((text.charCodeAt(index) & 0xfc00) !== 0xd800) continue;
    if ((text.charCodeAt(index + 1) & 0xfc00) !== 0xdc00) continue;
    count--;
    index++;
  }
  return count;
}
