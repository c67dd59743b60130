import type { CheckSetup } from "./check-setup.ts";
import { createFreeRules } from "./create-rules.ts";
import { contaminationRule } from "./decontamination/index.ts";
import { loadModuleRules, sqlRules } from "./own-rules/index.ts";
import type { Rule } from "./rule.ts";

/**
 * All free rules in their order: the gate's own, the user's modules and SQL expressions, and the one against held-out texts.
 * @throws ConfigError for a rule of the user's own that cannot be loaded.
 */
export async function createGateRules({ filters, rules, heldOut }: CheckSetup): Promise<readonly Rule[]> {
  return [
    ...(await createFreeRules(filters, rules)),
    ...(await loadModuleRules(filters.rules, { dir: rules.dir })),
    ...sqlRules(filters.rules),
    ...(heldOut === null ? [] : [contaminationRule(heldOut)]),
  ];
}
