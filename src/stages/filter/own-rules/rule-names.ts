import { configDocuments, type FiltersConfig } from "../../../config/index.ts";
import { ConfigError } from "../../../core/index.ts";

/** The rules of filters.yaml as they are written: paths of modules, and SQL expressions with their names. */
export type OwnRules = FiltersConfig["rules"];

export type SqlRule = Exclude<OwnRules[number], string>;

export const rulesFile = configDocuments.filters.path;

/** As the schema has it for SQL rules. */
export const ruleName = /^[a-z][a-z0-9_-]{0,39}$/;

/** A rule's name and where it comes from, e.g. "`rules[1]`, my-rule.ts". */
export interface NamedRule {
  readonly name: string;
  readonly place: string;
}

/** The SQL rules with their place in the list, in its order. */
export function listSqlRules(rules: OwnRules): readonly (SqlRule & { readonly key: string })[] {
  return rules.flatMap((rule, index) => (typeof rule === "string" ? [] : [{ ...rule, key: `rules[${index}]` }]));
}

/** @throws ConfigError where two rules have one name: their rows could not be told apart by `rule:<name>`. */
export function checkNames(rules: readonly NamedRule[]): void {
  const places = new Map<string, string>();
  for (const { name, place } of rules) {
    const earlier = places.get(name);
    if (earlier !== undefined) {
      throw new ConfigError(`two rules are named \`${name}\`: ${earlier} and ${place}`, {
        file: rulesFile,
        code: "own_rule",
        hint: "Give one of them another name; rejected rows are counted by it.",
      });
    }
    places.set(name, place);
  }
}
