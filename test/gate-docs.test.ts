import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { filtersSchema } from "../src/config/filters-schema.ts";
import { reasonCodes } from "../src/records/rows.ts";

const page = await readFile("docs/Pipeline/GATE.md", "utf8");

/** The lines of the section under a heading, up to the next heading of its level or above. */
function section(heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const lines = page.split("\n");
  const from = lines.indexOf(heading);
  expect(from, heading).toBeGreaterThanOrEqual(0);
  const length = lines.slice(from + 1).findIndex((line) => new RegExp(`^#{1,${level}} `).test(line));
  return lines.slice(from, length < 0 ? undefined : from + 1 + length).join("\n");
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

/** Dotted paths of all keys that hold a value and not further keys. */
function leafKeys({ properties = {} }: SchemaNode, prefix = ""): string[] {
  return Object.entries(properties).flatMap(([name, node]) =>
    node.properties === undefined ? [prefix + name] : leafKeys(node, `${prefix}${name}.`),
  );
}

function valueAt(path: string): unknown {
  return path
    .split(".")
    .reduce((value: unknown, name) => (value as Record<string, unknown>)[name], filtersSchema.parse({}));
}

const keys = leafKeys(z.toJSONSchema(filtersSchema, { io: "input" }) as SchemaNode);

describe("GATE.md", () => {
  test("has every reason code in its table of rules, in the code's order, and no other", () => {
    const codes = [...section("## Rules and codes").matchAll(/^\| `([a-z_:<>]+)` \|/gm)].map((match) => match[1]);
    expect(codes).toEqual([...reasonCodes, "rule:<name>"]);
  });

  test("names every key of filters.yaml", () => {
    expect(keys.length).toBeGreaterThan(40);
    const missing = keys.filter((key) => !new RegExp(`\`${key.replaceAll(".", "\\.")}[\`:]`).test(page));
    expect(missing).toEqual([]);
  });

  test("gives the defaults that the schema has, and names no key that it lacks", () => {
    const given = [...section("## Rules and codes").matchAll(/`((?:[a-z_]+\.)*[a-z_]+): ([^`]+)`/g)];
    expect(given.length).toBeGreaterThan(20);
    for (const [, key = "", value = ""] of given) {
      expect(keys, key).toContain(key);
      expect(parse(value), key).toEqual(valueAt(key));
    }
  });
});
