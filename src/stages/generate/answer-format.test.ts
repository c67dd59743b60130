import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { distillSchema } from "../../config/distill-schema.ts";
import type { Project } from "../../config/index.ts";
import { readAnswerFormat } from "./answer-format.ts";

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "nexa-schema-"));
});

afterAll(() => rmSync(dir, { recursive: true }));

function read(schema: unknown) {
  if (schema !== undefined)
    writeFileSync(join(dir, "answer.json"), typeof schema === "string" ? schema : JSON.stringify(schema));
  const distill = distillSchema.parse({
    teacher: { response_schema_path: schema === undefined ? "none.json" : "answer.json" },
  });
  return readAnswerFormat({ distill, path: (...parts: string[]) => resolve(dir, ...parts) } as Project);
}

const steps = {
  type: "object",
  properties: { steps: { type: "array", items: { type: "string" } }, mail: { type: "string", format: "email" } },
  required: ["steps"],
  additionalProperties: false,
};

describe("a response schema", () => {
  it("says what is wrong with an answer, by place", async () => {
    const format = await read(steps);
    expect(format?.check('{"steps": ["a"]}')).toBeNull();
    expect(format?.check('{"steps": ["a", 5]}')).toBe("json_schema: /steps/1 must be string");
    expect(format?.check("{}")).toBe("json_schema: / must have required property 'steps'");
    expect(format?.check('{"steps": [], "mail": "nobody"}')).toBe('json_schema: /mail must match format "email"');
    expect(format?.check('Sure! {"steps": []}')).toMatch(/^invalid_json: Unexpected token/);
  });

  it.each([
    ["draft 2020-12", { $schema: "https://json-schema.org/draft/2020-12/schema", prefixItems: [{ type: "number" }] }],
    ["draft 07", { $schema: "http://json-schema.org/draft-07/schema#", items: [{ type: "number" }] }],
  ])("may be of %s", async (_name, schema) => {
    const format = await read(schema);
    expect(format?.check("[1]")).toBeNull();
    expect(format?.check('["one"]')).toBe("json_schema: /0 must be number");
  });

  it("refers to its own definitions", async () => {
    const format = await read({ $ref: "#/$defs/step", $defs: { step: { type: "integer" } } });
    expect(format?.check("1")).toBeNull();
    expect(format?.check("true")).toBe("json_schema: / must be integer");
  });

  it.each([
    ["no file", undefined, "none.json: the response schema's file is missing"],
    ["no JSON", "{", /^answer\.json: the response schema cannot be used: it is not JSON/],
    ["a list", [], "answer.json: the response schema cannot be used: a response schema is a JSON object"],
    [
      "an unknown type",
      { type: "object", properties: { a: { type: "strng" } } },
      /^answer\.json: the response schema cannot be used: `\/properties\/a\/type` must be/,
    ],
    [
      "another draft",
      { $schema: "http://json-schema.org/draft-04/schema#" },
      "answer.json: the response schema cannot be used: `$schema` is `http://json-schema.org/draft-04/schema#`",
    ],
    [
      "a reference to elsewhere",
      { properties: { a: { $ref: "https://example.com/a.json" } } },
      "answer.json: the response schema cannot be used: `$ref` leads to `https://example.com/a.json`, which is not in the file",
    ],
  ])("is refused with exit 2 where it is %s", async (_name, schema, message) => {
    await expect(read(schema)).rejects.toMatchObject({
      exitCode: 2,
      message: typeof message === "string" ? message : expect.stringMatching(message),
      hint: expect.any(String),
    });
  });
});
