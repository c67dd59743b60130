import { type Finder, hasLongNumber } from "./finder.ts";

const written = /(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])/g;
/** With blanks or nothing between its parts it is one only where it is called so. */
const named = /\b(?:SSN|[Ss]ocial [Ss]ecurity)\b[^\d\n]{0,30}(\d{3}[ -]?\d{2}[ -]?\d{4})(?![\w-])/g;

/** US social security numbers, as 219-45-1234, or in any form after SSN. */
export const findUsSsns: Finder = (text, report) => {
  if (!hasLongNumber(text)) return;
  for (const match of text.matchAll(written)) {
    if (isAssignable(match[0])) report(match.index, match.index + match[0].length);
  }
  for (const match of text.matchAll(named)) {
    const number = match[1] ?? "";
    const end = match.index + match[0].length;
    if (isAssignable(number)) report(end - number.length, end);
  }
};

/** None begins with 000, 666 or 9, and no part is all zeros. */
function isAssignable(number: string): boolean {
  return /^(?!000|666|9)\d{3}[ -]?(?!00)\d{2}[ -]?(?!0000)\d{4}$/.test(number);
}
