import { findCreditCards } from "./credit-cards.ts";
import { findEmails } from "./emails.ts";
import type { Finder, PersonalDataKind } from "./finder.ts";
import { findIbans } from "./ibans.ts";
import { findIpAddresses } from "./ip-addresses.ts";
import { findPhones } from "./phones.ts";
import { findUsSsns } from "./us-ssns.ts";

/** Where two kinds fit the same place, the earlier here is the surer one. */
const finders: Readonly<Record<PersonalDataKind, Finder>> = {
  email: findEmails,
  iban: findIbans,
  credit_card: findCreditCards,
  us_ssn: findUsSsns,
  ip_address: findIpAddresses,
  phone: findPhones,
};

/** One place, in UTF-16 code units. */
export interface PersonalData {
  readonly kind: PersonalDataKind;
  readonly start: number;
  readonly end: number;
}

/** Everything of these kinds in the text, in its order, no two over each other. */
export function findPersonalData(text: string, kinds: readonly PersonalDataKind[]): readonly PersonalData[] {
  const plain = text.includes("\\") ? blankEscapes(text) : text;
  const found: PersonalData[] = [];
  for (const kind of Object.keys(finders) as PersonalDataKind[]) {
    if (kinds.includes(kind)) finders[kind](plain, (start, end) => found.push({ kind, start, end }));
  }
  if (found.length < 2) return found;
  // The sort is stable: of two that begin at one place, the surer stays first.
  found.sort((a, b) => a.start - b.start);
  let end = 0;
  return found.filter((place) => {
    if (place.start < end) return false;
    end = place.end;
    return true;
  });
}

/** The n of `\n` in JSON, or the digits of `\u00e9`, belong to no address or number; every other character stays where it is. */
function blankEscapes(text: string): string {
  return text.replace(/\\(?:u[\da-f]{4}|.)/gis, (sequence) => " ".repeat(sequence.length));
}
