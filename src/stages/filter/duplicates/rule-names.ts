import type { DuplicatesConfig } from "./record-layout.ts";

/** Lines of the funnel, in their order: rows that equal another one, then rows that are nearly so. */
export function duplicateRuleNames({ near }: Pick<DuplicatesConfig, "near">): readonly string[] {
  return near.enabled ? ["duplicates", "near duplicates"] : ["duplicates"];
}
