import { Template } from "@huggingface/jinja";
import { ConfigError, errorMessage, toSafeLine } from "../../../core/index.ts";
import { collectNames } from "./template-names.ts";

/** The user's message as a Jinja template over a row's columns. */
export interface PromptTemplate {
  /** Names that it takes from the row. */
  readonly variables: readonly string[];
  /** Those of them that may be null, as the template itself asks whether they are. */
  readonly optional: ReadonlySet<string>;
  /** @throws Error with Jinja's own words for a value that it cannot work with. */
  render(row: Readonly<Record<string, unknown>>): string;
}

/** @throws ConfigError (exit 2) for a template that is no Jinja. */
export function parsePromptTemplate(text: string, file: string): PromptTemplate {
  let template: Template;
  try {
    template = new Template(text);
  } catch (error) {
    throw new ConfigError(`\`prompt_template\` is no Jinja template: ${toSafeLine(errorMessage(error))}`, {
      file,
      hint: 'Columns stand in double braces, e.g. "Summarize: {{ text }}".',
      cause: error,
    });
  }
  const { free, asked } = collectNames(template.parsed);
  const variables = [...free];
  const render = (row: Readonly<Record<string, unknown>>): string =>
    template.render(Object.fromEntries(variables.map((name) => [name, row[name] ?? null])));
  return { variables, optional: asked, render };
}
