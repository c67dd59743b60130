import { type FiltersConfig, needsJudge } from "../config/index.ts";
import type { StageName } from "../stages/stage.ts";

export const roles = ["teacher", "judge", "student"] as const;
export type Role = (typeof roles)[number];

/** Whose choice a stage announces and seals: of those that it has use for. */
export function rolesOf(stage: StageName, { filters }: { readonly filters: FiltersConfig }): readonly Role[] {
  switch (stage) {
    case "generate":
      return ["teacher"];
    case "filter":
      return needsJudge(filters) ? ["judge"] : [];
    case "package":
    case "train":
    case "evaluate":
      return ["student"];
  }
}
