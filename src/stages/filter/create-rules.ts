import type { FiltersConfig } from "../../config/index.ts";
import { loadTokenGauge } from "../../models/index.ts";
import type { Rule } from "./rule.ts";
import { actionVerbRule } from "./rules/action-verb.ts";
import { charactersRule } from "./rules/characters.ts";
import { citationRule } from "./rules/citation.ts";
import { duplicateRule } from "./rules/duplicate.ts";
import { emptyRule } from "./rules/empty.ts";
import { judgeScoreRule } from "./rules/judge-score.ts";
import { safetyFlagRule } from "./rules/safety-flag.ts";
import { tokensRule } from "./rules/tokens.ts";
import { truncatedRule } from "./rules/truncated.ts";
import { validJsonRule } from "./rules/valid-json.ts";

/** The gate's rules in their order. */
export interface RuleSet {
  /** Cost nothing; a row that fails one is not judged. */
  readonly free: readonly Rule[];
  /** Need the judge's verdict; empty where no setting asks for one. */
  readonly judged: readonly Rule[];
}

/** The rules that the configuration asks for. A set is good for one pass over one file: the rule against duplicates remembers rows. */
export async function createRules(filters: FiltersConfig): Promise<RuleSet> {
  const free: Rule[] = [emptyRule, truncatedRule, ...(await basicRules(filters.basic))];
  const { enabled, require_valid_json: requireJson } = filters.sample_gate;
  if (enabled && requireJson !== false) free.push(validJsonRule(requireJson));
  if (filters.duplicates.enabled) free.push(duplicateRule());
  return { free, judged: judgedRules(filters) };
}

/** Whether a setting depends on the judge at all. */
export function needsJudge(filters: FiltersConfig): boolean {
  return judgedRules(filters).length > 0;
}

async function basicRules(basic: FiltersConfig["basic"]): Promise<Rule[]> {
  if (!basic.enabled) return [];
  const rules: Rule[] = [];
  if (basic.min_char_length > 0) rules.push(charactersRule(basic.min_char_length));
  if (basic.min_token_length > 0) {
    rules.push(tokensRule({ minimum: basic.min_token_length, gauge: await loadTokenGauge(basic.tokenizer) }));
  }
  if (basic.require_action_verb) rules.push(actionVerbRule(basic.allowed_action_verbs));
  if (basic.ban_citations) rules.push(citationRule);
  return rules;
}

function judgedRules({ sample_gate: gate }: FiltersConfig): Rule[] {
  if (!gate.enabled || (gate.min_judge_score === 0 && !gate.block_safety_flags)) return [];
  const rules: Rule[] = [judgeScoreRule(gate.min_judge_score)];
  return gate.block_safety_flags ? [...rules, safetyFlagRule] : rules;
}
