import type { Finder } from "./finder.ts";

/** Country and length, from SWIFT's IBAN registry. */
const lengths = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 " +
    "FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 " +
    "MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 " +
    "SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const beginning = /(?<![A-Za-z\d])([A-Z]{2})\d{2}[ \u00a0-]?[A-Z\d]{2}/g;

/** International bank account numbers: a country's length, and the check digits of ISO 13616. */
export const findIbans: Finder = (text, report) => {
  for (const match of text.matchAll(beginning)) {
    const length = lengths.get(match[1] ?? "");
    if (length === undefined) continue;
    const end = endOfCharacters(text, match.index, length);
    if (end !== null && hasCheckDigits(text.slice(match.index, end).replace(/[ \u00a0-]/g, "")))
      report(match.index, end);
  }
};

/** Where that many letters and digits end, single blanks and hyphens between them; null where there are fewer, or more. */
function endOfCharacters(text: string, start: number, length: number): number | null {
  let place = start;
  for (let count = 0; count < length; count++) {
    if (count > 0 && /[ \u00a0-]/.test(text.charAt(place))) place++;
    if (!/[A-Z\d]/.test(text.charAt(place))) return null;
    place++;
  }
  return /[A-Za-z\d]/.test(text.charAt(place)) ? null : place;
}

/** The first four characters go to the end, letters count from 10 on; the rest of a division by 97 is 1. */
function hasCheckDigits(iban: string): boolean {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
