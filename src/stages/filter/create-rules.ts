import { resolve } from "node:path";
import { configDocuments, type FiltersConfig, needsJudge, type Project } from "../../config/index.ts";
import { type JsonSchema, readJsonSchema } from "../../core/index.ts";
import { findStudentTokenizer, loadTokenGauge } from "../../models/index.ts";
import { asOriginalCounts } from "./original-tokens.ts";
import type { JudgedRule, Rule } from "./rule.ts";
import { actionVerbRule } from "./rules/action-verb.ts";
import { charactersRule } from "./rules/characters.ts";
import { citationRule } from "./rules/citation.ts";
import { emptyRule } from "./rules/empty.ts";
import { encodingRule } from "./rules/encoding.ts";
import { judgeScoreRule } from "./rules/judge-score.ts";
import { languageRule } from "./rules/language.ts";
import { personalDataRule } from "./rules/personal-data.ts";
import { providerFlagRule } from "./rules/provider-flag.ts";
import { refusalRule } from "./rules/refusal.ts";
import { repetitionRule } from "./rules/repetition.ts";
import { safetyFlagRule } from "./rules/safety-flag.ts";
import { secretsRule } from "./rules/secrets.ts";
import { tokensRule } from "./rules/tokens.ts";
import { truncatedRule } from "./rules/truncated.ts";
import { validJsonRule } from "./rules/valid-json.ts";

/** What rules need besides the configuration's own file; a structured clone of it is as good. */
export interface RuleContext {
  /** Absolute path of the project's folder. */
  readonly dir: string;
  /** Where the student's tokenizer is, see `findStudentTokenizer`; null where it is not on this machine. */
  readonly studentTokenizer: string | null;
  /** The filters document, for errors; the project's own where left out. */
  readonly filtersConfigPath?: string;
  /** JSON Schema for the answers that must be JSON, absolute or relative to the project; null for none. */
  readonly jsonSchemaPath: string | null;
}

/** What a project's rules need; `student` is the student's model, whose tokenizer is looked for where tokens are counted in it. */
export async function loadRuleContext(project: Project, student: string): Promise<RuleContext> {
  const { basic, sample_gate: gate } = project.filters;
  const isNeeded = basic.enabled && basic.tokenizer === "student";
  return {
    dir: project.dir,
    filtersConfigPath: project.filtersConfigPath,
    studentTokenizer: isNeeded ? await findStudentTokenizer(student, { dir: project.dir }) : null,
    jsonSchemaPath: gate.json_schema_path ?? project.distill.teacher.response_schema_path,
  };
}

/**
 * The gate's own rules that cost nothing, in their order; those that the configuration switches off are left out.
 * @throws ConfigError (exit 2) for a JSON Schema or a tokenizer that cannot be used, and for a language that cannot be told.
 */
export async function createFreeRules(filters: FiltersConfig, context: RuleContext): Promise<readonly Rule[]> {
  return [
    emptyRule,
    ...(await basicRules(filters.basic, context)),
    ...(await sampleGateRules(filters.sample_gate, context)),
  ];
}

/** The rules that need the judge's verdict; empty where no setting asks for one. */
export function createJudgedRules(filters: FiltersConfig): readonly JudgedRule[] {
  if (!needsJudge(filters)) return [];
  const { sample_gate: gate } = filters;
  const rules = [judgeScoreRule(gate.min_judge_score)];
  return gate.block_safety_flags ? [...rules, safetyFlagRule] : rules;
}

async function basicRules(basic: FiltersConfig["basic"], context: RuleContext): Promise<Rule[]> {
  if (!basic.enabled) return [];
  const rules: Rule[] = [];
  if (basic.ban_truncated) rules.push(truncatedRule);
  if (basic.ban_encoding_damage) rules.push(encodingRule);
  rules.push(...(await lengthRules(basic, context)));
  if (basic.require_action_verb) {
    const { allowed_action_verbs: verbs, action_verb_inflections: inflections, action_verb_position: position } = basic;
    rules.push(actionVerbRule({ verbs, inflections, position }));
  }
  if (basic.ban_citations) rules.push(citationRule(basic.citation_patterns));
  if (basic.ban_refusals) rules.push(refusalRule(basic.refusal_phrases));
  if (basic.repetition.enabled) rules.push(repetitionRule(basic.repetition));
  if (basic.languages.length > 0) rules.push(await languageRule(basic.languages, context.filtersConfigPath));
  return rules;
}

async function lengthRules(basic: FiltersConfig["basic"], context: RuleContext): Promise<Rule[]> {
  const { collapse_white_space: collapse, tokenizer } = basic;
  const rules: Rule[] = [];
  if (basic.min_char_length > 0 || basic.max_char_length !== null)
    rules.push(charactersRule({ minimum: basic.min_char_length, maximum: basic.max_char_length, collapse }));
  if (basic.min_token_length > 0 || basic.max_token_length !== null) {
    const { studentTokenizer, filtersConfigPath = configDocuments.filters.path } = context;
    const gauge = await loadTokenGauge(tokenizer, { tokenizer: studentTokenizer, configPath: filtersConfigPath });
    const limits = { minimum: basic.min_token_length, maximum: basic.max_token_length, collapse };
    rules.push(tokensRule({ ...limits, gauge: collapse ? await asOriginalCounts(gauge) : gauge }));
  }
  return rules;
}

async function sampleGateRules(gate: FiltersConfig["sample_gate"], context: RuleContext): Promise<Rule[]> {
  if (!gate.enabled) return [];
  const rules: Rule[] = [];
  if (gate.require_valid_json !== false) {
    const schema = await readSchema(gate, context);
    rules.push(validJsonRule({ require: gate.require_valid_json, schema }));
  }
  if (gate.block_safety_flags) rules.push(providerFlagRule);
  if (gate.secrets === "reject") rules.push(await secretsRule());
  if (gate.personal_data !== "ignore")
    rules.push(personalDataRule({ action: gate.personal_data, kinds: gate.personal_data_kinds }));
  return rules;
}

async function readSchema(
  gate: FiltersConfig["sample_gate"],
  { dir, jsonSchemaPath }: RuleContext,
): Promise<JsonSchema | null> {
  if (jsonSchemaPath === null) return null;
  const key = gate.json_schema_path === null ? "teacher.response_schema_path" : "sample_gate.json_schema_path";
  return await readJsonSchema(resolve(dir, jsonSchemaPath), { file: jsonSchemaPath, key });
}
