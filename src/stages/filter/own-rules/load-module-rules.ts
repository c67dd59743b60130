import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError, errorMessage, systemErrorCode, toSafeLine } from "../../../core/index.ts";
import type { Rule } from "../rule.ts";
import type { GateRule } from "./gate-rule.ts";
import { moduleRule } from "./module-rule.ts";
import { checkNames, listSqlRules, type NamedRule, type OwnRules, ruleName, rulesFile } from "./rule-names.ts";
import { stackPlace } from "./stack-place.ts";

/** One entry of `rules` that names a module. */
interface RuleModule {
  /** `rules[1]`. */
  readonly key: string;
  /** As it is written. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
}

/**
 * Loads the user's modules, each with one rule or several; paths are relative to the project folder `dir`. They run with all rights of this
 * process: they are the user's own code, named in the user's own configuration.
 * @throws ConfigError naming file and key for a module that is missing, does not load or exports no rule, and for a name used twice, also by
 * an SQL rule.
 */
export async function loadModuleRules(rules: OwnRules, { dir }: { readonly dir: string }): Promise<Rule[]> {
  const loaded: (NamedRule & { readonly rule: Rule })[] = [];
  for (const [index, file] of rules.entries()) {
    if (typeof file !== "string") continue;
    const module: RuleModule = { key: `rules[${index}]`, file, path: resolve(dir, file) };
    for (const rule of exportedRules(await importModule(module), module)) {
      const place = `\`${module.key}\` (${file})`;
      loaded.push({ name: rule.name, place, rule: moduleRule(rule, module) });
    }
  }
  const sql = listSqlRules(rules).map(({ name, key }) => ({ name, place: `\`${key}\` (SQL)` }));
  checkNames([...loaded, ...sql]);
  return loaded.map(({ rule }) => rule);
}

type Namespace = Readonly<Record<string, unknown>>;

async function importModule(module: RuleModule): Promise<Namespace> {
  const { file, path } = module;
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) {
    throw fault(module, `there is no file ${file}`, "The path is relative to the project folder.");
  }
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    const message = `${file} does not load: ${toSafeLine(errorMessage(error), 400)}`;
    throw fault(module, message, loadHint(error, module), error);
  }
}

function loadHint(error: unknown, module: RuleModule): string {
  const place = stackPlace(error, module);
  const at = place === undefined ? "" : ` See ${place}.`;
  switch (systemErrorCode(error)) {
    case "ERR_MODULE_NOT_FOUND":
    case "ERR_UNSUPPORTED_DIR_IMPORT":
      return `It imports what is not there: install the package in the project, or name the file with its extension (./other.ts).${at}`;
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return `Node takes types out of a .ts file and compiles nothing: no enum, no parameter properties, no namespaces.${at}`;
    default:
      return `\`node ${module.file}\` in the project folder shows the whole error.${at}`;
  }
}

/** @throws ConfigError where there is none, or one that is no rule. */
function exportedRules(namespace: Namespace, module: RuleModule): readonly GateRule[] {
  const { rule, rules = [] } = namespace;
  if (!Array.isArray(rules)) throw fault(module, `${module.file} exports \`rules\` that is no list`, exportHint);
  const found: unknown[] = [...(rule === undefined ? [] : [rule]), ...rules];
  if (found.length === 0) throw fault(module, describeNone(namespace, module), exportHint);
  return found.map((value) => checkRule(value, module));
}

const exportHint =
  'Write `export const rule = { name: "...", check(row) { return { keep: true }; } };`, or `rules` for a list of such.';

function describeNone(namespace: Namespace, { file }: RuleModule): string {
  const names = Object.keys(namespace).map((name) => toSafeLine(name, 60));
  if (names.includes("default")) return `${file} exports its rule as \`default\`, not as \`rule\``;
  return `${file} exports no \`rule\`, but ${names.length === 0 ? "nothing" : names.slice(0, 10).join(", ")}`;
}

function checkRule(value: unknown, module: RuleModule): GateRule {
  const { name, check } = (value ?? {}) as Partial<Record<keyof GateRule, unknown>>;
  if (typeof check !== "function")
    throw fault(module, `a rule of ${module.file} has no function \`check\``, exportHint);
  if (typeof name === "string" && ruleName.test(name)) return value as GateRule;
  const got = name === undefined ? "none" : `\`${toSafeLine(errorMessage(name), 60)}\``;
  throw fault(
    module,
    `expected the rule's \`name\` in ${module.file} to be 1 to 40 lower-case letters, digits, _ and -, got ${got}`,
    "The name becomes the reason `rule:<name>` of the rows that the rule rejects.",
  );
}

function fault({ key }: RuleModule, message: string, hint: string, cause?: unknown): ConfigError {
  return new ConfigError(`\`${key}\`: ${message}`, { file: rulesFile, code: "own_rule", hint, cause });
}
