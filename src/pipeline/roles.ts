import type { StageName } from "../stages/stage.ts";

export const roles = ["teacher", "judge", "student"] as const;
export type Role = (typeof roles)[number];

/** Whose choice a stage announces and seals. */
export const stageRoles: Readonly<Record<StageName, readonly Role[]>> = {
  generate: ["teacher"],
  filter: ["judge"],
  package: ["student"],
  train: ["student"],
  evaluate: ["student"],
};
