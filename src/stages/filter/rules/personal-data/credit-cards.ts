import { type Finder, hasLongNumber } from "./finder.ts";

/** Four groups of digits, or Amex's and Diners' three, with one separator throughout or none; no longer row of numbers around them. */
const pattern =
  /(?<![\w.,-]|\d )(?:\d{4}([ -]?)\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -]?)\d{6}\2\d{4,5})(?!\w|[ -]\d|[.,]\d)/g;

/** Card numbers: an issuer's first digits and length, and the check digit. */
export const findCreditCards: Finder = (text, report) => {
  if (!hasLongNumber(text)) return;
  for (const match of text.matchAll(pattern)) {
    const digits = match[0].replace(/\D/g, "");
    if (isIssued(digits) && hasLuhnDigit(digits)) report(match.index, match.index + match[0].length);
  }
};

/** Visa, Mastercard, American Express, Diners Club, Discover, JCB, UnionPay: ISO/IEC 7812 as the issuers use it. */
const issued = [
  /^4(?:\d{15}|\d{18})$/,
  /^5[1-5]\d{14}$/,
  /^2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}$/,
  /^3[47]\d{13}$/,
  /^3(?:0[0-59]|[689]\d)\d{11}$/,
  /^6(?:011|5\d\d|4[4-9]\d)\d{12}$/,
  /^35(?:2[89]|[3-8]\d)\d{12}$/,
  /^62\d{14,17}$/,
];

function isIssued(digits: string): boolean {
  return issued.some((issuer) => issuer.test(digits));
}

/** @see https://patents.google.com/patent/US2950048A */
export function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
