import type { FiltersConfig } from "../../../../config/index.ts";

export type PersonalDataKind = FiltersConfig["sample_gate"]["personal_data_kinds"][number];

/** Reports every place of one kind, from the first on, in UTF-16 code units; takes time linear in the text. */
export type Finder = (text: string, report: (start: number, end: number) => void) => void;

/** Whether seven digits stand near each other, as in every kind of number that is looked for; most texts hold none. */
export function hasLongNumber(text: string): boolean {
  return /\d[-. ()/]{0,2}\d[-. ()/]{0,2}\d[-. ()/]{0,2}\d[-. ()/]{0,2}\d[-. ()/]{0,2}\d[-. ()/]{0,2}\d/.test(text);
}
