import { type Finder, hasLongNumber } from "./finder.ts";

/** +49 30 1234567, +1 (415) 867-5309, +44 (0)20 7946 0958. */
const international = /(?<![\w+.])\+[1-9]\d{0,14}(?:[ ().\u00a0/-]{1,3}\d{1,12}){0,7}(?!\w)/g;
/** (415) 867-5309, 415-867-5309, 1-415-867-5309, 415.867.5309: the North American plan, whose blanks alone could be between any numbers. */
const northAmerican =
  /(?<![\w+.-])(?:(?:1[-. ])?\([2-9]\d{2}\) ?[2-9]\d{2}[-. ]|(?<!\d )(?:1[-. ])?[2-9]\d{2}([-.])[2-9]\d{2}\1)\d{4}(?![\w-]|\.\d)/g;
/** Any number that is called one. */
const named =
  /\b(?:tel(?:ephone)?|phone|mobile|fax|whatsapp)\b(?: (?:no\.?|nr\.?|number))?(?: is)?[.:]{0,2}\s{0,3}(\(?\d[\d ().\u00a0/-]{5,20}\d)(?!\w)/gi;

/** Telephone numbers, but for the 555-01xx that films and manuals use. */
export const findPhones: Finder = (text, report) => {
  if (!hasLongNumber(text)) return;
  if (text.includes("+")) {
    for (const match of text.matchAll(international)) {
      const end = match.index + match[0].length;
      if (isInternational(match[0]) && !isMeasured(text, end)) report(match.index, end);
    }
  }
  for (const match of text.matchAll(northAmerican)) {
    const end = match.index + match[0].length;
    if (isNorthAmerican(digitsOf(match[0]).slice(-10)) && !isMeasured(text, end)) report(match.index, end);
  }
  for (const match of text.matchAll(named)) {
    const number = match[1] ?? "";
    const end = match.index + match[0].length;
    const digits = digitsOf(number);
    if (digits.length < 7 || digits.length > 15 || isFictional(digits) || isMeasured(text, end)) continue;
    report(end - number.length, end);
  }
};

function digitsOf(number: string): string {
  return number.replace(/\D/g, "");
}

/** Country codes of ITU-T E.164, those of three digits by their first two. */
const countryCode =
  /^(?:1|7|2[07]|2[1-6]\d|29[01789]|3[0-469]|3[578]\d|4[013-9]|42[0134]|5[1-8]|50\d|59\d|6[0-6]|6[789]\d|8[1246]|85\d|88[0678]|9[0-58]|9[679]\d)/;

/** A country's code and a subscriber's number; no round sum such as +49 500 000 000, and no decimal such as +40.71277612. */
function isInternational(number: string): boolean {
  if (/^\+\d+\.\d+$/.test(number)) return false;
  const digits = digitsOf(number.replace("(0)", ""));
  const code = countryCode.exec(digits)?.[0];
  if (code === undefined || digits.length < 9 || digits.length > 15 || digits.endsWith("00000")) return false;
  const subscriber = digits.slice(code.length);
  if (code === "1") return isNorthAmerican(subscriber);
  // Only Italy and its neighbours keep a leading zero.
  return code === "39" || code === "378" || !subscriber.startsWith("0");
}

/** Area and exchange begin with 2 to 9 and are no service codes (x11); 250-500-1000 is a row of numbers. */
function isNorthAmerican(digits: string): boolean {
  if (!/^[2-9](?!11)\d{2}[2-9](?!11)\d{2}\d{4}$/.test(digits) || isFictional(digits)) return false;
  return !/^\d\d0\d\d0\d\d00$/.test(digits);
}

function isFictional(digits: string): boolean {
  return /^(?:1?\d{3})?55501\d\d$/.test(digits);
}

/** Whether a unit follows, as in 250-375-1200 rpm. */
function isMeasured(text: string, end: number): boolean {
  return /^\s?(?:rpm|r\/min|°|%|[kmµun]?(?:[LlgmMsKVAWJ]|Pa|Hz|mol|bar)\b)/.test(text.slice(end, end + 6));
}
