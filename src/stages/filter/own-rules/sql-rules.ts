import { type Candidate, keep, type Rule, reject } from "../rule.ts";
import { checkNames, listSqlRules, type OwnRules } from "./rule-names.ts";

/** What to select of each row for `Candidate.sqlValues`, in the order of the SQL rules; checked by `checkSqlRules` beforehand. */
export function sqlExpressions(rules: OwnRules): readonly string[] {
  return listSqlRules(rules).map(({ keep: expression }) => wrapExpression(expression));
}

/**
 * The expression as one that ends where it ends, and fails where it is neither true, false nor null: a number must not count as true.
 * typeof is known before the first row, so that this costs nothing.
 */
function wrapExpression(expression: string): string {
  const value = `(${expression}\n)`;
  return `(CASE WHEN typeof(${value}) = 'BOOLEAN' THEN ${value} ELSE error('a rule gave no boolean') END)`;
}

/**
 * The user's SQL rules, which look at what DuckDB made of their expressions while it read the row: a row is kept where the value is true,
 * rejected where it is false or null.
 * @throws ConfigError for a name used twice.
 */
export function sqlRules(rules: OwnRules): Rule[] {
  const own = listSqlRules(rules);
  checkNames(own.map(({ name, key }) => ({ name, place: `\`${key}\`` })));
  return own.map(({ name, keep: expression }, index) => {
    const reason = `rule:${name}` as const;
    return {
      name: reason,
      reasons: [reason],
      check({ sqlValues }: Candidate) {
        const value = sqlValues[index];
        return value === true ? keep : reject(reason, { expression, value: value ?? null });
      },
    };
  });
}
