import { describe, expect, it } from "vitest";
import { parsePromptTemplate } from "./prompt-template.ts";

function namesOf(text: string): string {
  const { variables, optional } = parsePromptTemplate(text, "config.yaml");
  return variables.map((name) => `${name}${optional.has(name) ? "?" : ""}`).join(" ");
}

describe("the names that a template takes from a row", () => {
  it.each([
    ["Summarize: {{ text }}", "text"],
    ["{{ a }}{{ a }} and {{ b.c.d }} and {{ e[key] }}", "a b e key"],
    ["{% set x = a %}{{ x }}", "a"],
    ["{% for item in items %}{{ loop.index }} {{ item.name }}{% endfor %}", "items"],
    ["{% for k, v in pairs %}{{ k }}{{ v }}{{ rest }}{% endfor %}", "pairs rest"],
    ["{% for n in range(3) %}{{ n }}{% endfor %}", ""],
    ["{% for m in list if m.ok %}{{ m }}{% endfor %}", "list"],
    ["{{ name | upper }} {{ items | join(sep) }}", "name items sep"],
    ["{{ name | default(other) }}", "name? other"],
    ["{% if input %}{{ input }}{% else %}{{ title }}{% endif %}", "input? title"],
    ["{{ 'a' if flag else b }}", "flag? b"],
    ["{% if x is defined and not y %}{% endif %}", "x? y?"],
    ["{% macro say(word, end=mark) %}{{ word }}{{ end }}{% endmacro %}{{ say(first) }}", "mark first"],
    ["{{ a + b * 2 }}{{ {'k': c} }}{{ [d] }}{{ e[f:2] }}", "a b c d e f"],
    ["{# {{ hidden }} #}plain", ""],
  ])("%s", (text, names) => {
    expect(namesOf(text)).toBe(names);
  });

  it("are all that is handed in, with null where there is none", () => {
    const template = parsePromptTemplate(
      "{{ a }}/{{ n }}/{{ list | tojson }}/{% if b %}yes{% else %}no{% endif %}",
      "f",
    );
    expect(template.render({ a: "x", n: 5, list: [{ y: 2 }], true: "a column of that name" })).toBe(
      'x/5/[{"y": 2}]/no',
    );
  });
});
