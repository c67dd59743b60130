import { findPersonalData, type PersonalData } from "./find-all.ts";
import type { PersonalDataKind } from "./finder.ts";

const placeholders: Readonly<Record<PersonalDataKind, string>> = {
  email: "[EMAIL]",
  phone: "[PHONE]",
  credit_card: "[CREDIT_CARD]",
  iban: "[IBAN]",
  us_ssn: "[SSN]",
  ip_address: "[IP_ADDRESS]",
};

/** What stands right behind something personal shows only once that is gone. */
const mostPasses = 4;

/**
 * The text with a placeholder for everything of these kinds; what was JSON stays JSON. Null where something is still found after several
 * passes, so that the text cannot go on.
 */
export function redactPersonalData(text: string, kinds: readonly PersonalDataKind[]): string | null {
  let redacted = text;
  for (let pass = 0; pass <= mostPasses; pass++) {
    const places = findPersonalData(redacted, kinds);
    if (places.length === 0) return redacted;
    redacted = replaceInJson(redacted, places);
  }
  return null;
}

/** Where the text is JSON, a number outside of its strings becomes one of them. */
function replaceInJson(text: string, places: readonly PersonalData[]): string {
  const redacted = replacePlaces(text, places, () => false);
  if (!isJson(text) || isJson(redacted)) return redacted;
  return replacePlaces(text, places, createStringTracker(text));
}

function replacePlaces(text: string, places: readonly PersonalData[], isBare: (offset: number) => boolean): string {
  const parts: string[] = [];
  let end = 0;
  for (const place of places) {
    const placeholder = placeholders[place.kind];
    parts.push(text.slice(end, place.start), isBare(place.start) ? JSON.stringify(placeholder) : placeholder);
    end = place.end;
  }
  return parts.join("") + text.slice(end);
}

/** Says of offsets that only grow whether they stand outside of the JSON's strings. */
function createStringTracker(json: string): (offset: number) => boolean {
  let place = 0;
  let isInString = false;
  return (offset) => {
    for (; place < offset; place++) {
      const character = json[place];
      if (character === '"') isInString = !isInString;
      else if (character === "\\") place++;
    }
    return !isInString;
  };
}

function isJson(text: string): boolean {
  if (!/^\s*[[{"\d-]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
