import { unitHash } from "../core/index.ts";
import type { SplitName } from "./rows.ts";

/** Shares of the groups; they add up to 1. */
export interface SplitShares {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/**
 * The split of a prompt's group: a function of the group's name and the shares alone, so that adding, removing or reordering rows moves
 * none. Test comes first on the line from 0 to 1 and train last, so that another validation share leaves the test split as it is.
 */
export function splitOf(group: string, shares: SplitShares): SplitName {
  const place = unitHash(`split\n${group}`);
  if (place < shares.test) return "test";
  return place < shares.test + shares.validation ? "validation" : "train";
}
