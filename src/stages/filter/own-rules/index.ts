export { checkSqlRules } from "./check-sql-rules.ts";
export { explainSqlFault } from "./explain-sql-fault.ts";
export type { GateRule, GateRuleOutcome, GateRuleRow } from "./gate-rule.ts";
export { loadModuleRules } from "./load-module-rules.ts";
export { sqlExpressions, sqlRules } from "./sql-rules.ts";
