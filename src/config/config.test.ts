import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError, UsageError } from "../core/errors.ts";
import { configDocuments, documentNames } from "./documents.ts";
import { jsonSchemaOf, jsonSchemaPath } from "./json-schema.ts";
import { loadProject } from "./project.ts";
import { referencePage, referencePagePath } from "./reference-page.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-config-"));
  for (const part of ["nexa.yaml", "nexa_distill", "nexa_train"]) await cp(part, join(dir, part), { recursive: true });
});
afterEach(() => rm(dir, { recursive: true }));

async function failure(options: {
  overrides?: string[];
  edit?: [path: string, from: string | RegExp, to: string];
}): Promise<ConfigError> {
  if (options.edit !== undefined) {
    const [path, from, to] = options.edit;
    const text = await readFile(join(dir, path), "utf8");
    expect(text.search(from)).toBeGreaterThanOrEqual(0);
    await writeFile(join(dir, path), text.replace(from, to));
  }
  const error = await loadProject({ dir, overrides: options.overrides }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  return error as ConfigError;
}

const distill = configDocuments.distill.path;
const filters = configDocuments.filters.path;

describe("the bundled configuration", () => {
  test("has the defaults that people rely on", async () => {
    const project = await loadProject({ dir });
    expect(project.distill).toMatchObject({
      teacher: { model: "gpt-4o-mini", system_prompt_path: "nexa_distill/prompts/teacher_system.md" },
      batch_size: 8,
      max_samples: null,
      budget_usd: null,
    });
    expect(project.filters.basic).toMatchObject({
      min_char_length: 120,
      min_token_length: 80,
      require_action_verb: true,
      ban_citations: true,
    });
    expect(project.filters.sample_gate.min_judge_score).toBe(0.8);
    expect(project.train).toMatchObject({ distributed: { processes: 2 }, precision: "bf16" });
  });

  test("says no more and no less than the schema's own defaults", async () => {
    const bundled = await loadProject({ dir });
    for (const name of documentNames) await writeFile(join(dir, configDocuments[name].path), "");
    const defaults = await loadProject({ dir });
    for (const name of documentNames) expect(bundled[name]).toEqual(defaults[name]);
  });

  test("has JSON Schemas and a reference page that are not behind the code", async () => {
    expect(await readFile(referencePagePath, "utf8")).toBe(referencePage());
    for (const name of documentNames) expect(await readFile(jsonSchemaPath(name), "utf8")).toBe(jsonSchemaOf(name));
  });
});

describe("a faulty file", () => {
  test("names line and column of an unknown key, and the nearest known one", async () => {
    const error = await failure({ edit: [distill, "batch_size: 8", "batchsize: 8"] });
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(/^nexa_distill\/configs\/distill_config\.yaml:\d+:1: unknown key `batchsize`$/);
    expect(error.hint).toBe("Did you mean `batch_size`?");
    expect(error.exitCode).toBe(2);
  });

  test("names a nested unknown key by its whole path and column", async () => {
    const error = await failure({ edit: [distill, "  temperature:", "  temprature:"] });
    expect(error.message).toMatch(/:\d+:3: unknown key `teacher\.temprature`/);
    expect(error.hint).toBe("Did you mean `temperature`?");
  });

  test("names what was expected and what was got for a value out of range", async () => {
    const error = await failure({ edit: [distill, "temperature: 0.7", "temperature: 9"] });
    expect(error.message).toMatch(/:\d+:16: expected `teacher\.temperature` to be at most 2, got `9` \(number\)/);
  });

  test("names the type for a value of the wrong one", async () => {
    const error = await failure({ edit: [filters, "min_char_length: 120", "min_char_length: many"] });
    expect(error.message).toContain('expected `basic.min_char_length` to be a number, got `"many"` (string)');
  });

  test("suggests the nearest of a fixed set of values", async () => {
    const error = await failure({ edit: ["nexa.yaml", "launcher: tmux", "launcher: tmx"] });
    expect(error.message).toContain("expected `launcher` to be one of tmux, foreground");
    expect(error.hint).toBe("Did you mean `tmux`?");
  });

  test("is an error with its line when it is not YAML, or has a key twice", async () => {
    expect((await failure({ edit: [distill, "batch_size: 8", "batch_size: [8"] })).message).toMatch(
      /:\d+:\d+: not valid YAML/,
    );
    await cp(distill, join(dir, distill));
    expect((await failure({ edit: [distill, "batch_size: 8", "batch_size: 8\nbatch_size: 9"] })).message).toMatch(
      /not valid YAML.*unique/i,
    );
  });

  test("is an error when it is missing, a list, or not UTF-8", async () => {
    await writeFile(join(dir, filters), "- a\n- b\n");
    expect((await failure({})).message).toContain("expected keys and values");
    await writeFile(join(dir, filters), Buffer.from([0x62, 0xff, 0xfe]));
    expect((await failure({})).message).toContain("not UTF-8");
    await rm(join(dir, filters));
    const error = await failure({});
    expect(error.message).toBe(`${filters}: the file is missing`);
    expect(error.exitCode).toBe(2);
    await cp(filters, join(dir, filters));
    const named = loadProject({ dir, trainConfigPath: "/nowhere/other.yaml" });
    await expect(named).rejects.toMatchObject({ hint: expect.stringContaining("--config /nowhere/other.yaml") });
  });

  test("cannot name a path outside the project", async () => {
    const error = await failure({
      edit: [distill, "system_prompt_path: nexa_distill/prompts/", "system_prompt_path: ../../etc/"],
    });
    expect(error.message).toContain("a path inside the project folder");
  });

  test("cannot have shares that do not add up", async () => {
    expect((await failure({ edit: ["nexa.yaml", "test: 0.10", "test: 0.20"] })).message).toContain(
      "shares that add up to 1",
    );
  });
});

describe("--set", () => {
  test("finds a key that is in one file alone without a prefix", async () => {
    const project = await loadProject({
      dir,
      overrides: ["teacher.temperature=0.2", "sample_gate.min_judge_score=0.9"],
    });
    expect(project.distill.teacher.temperature).toBe(0.2);
    expect(project.filters.sample_gate.min_judge_score).toBe(0.9);
  });

  test("lists the candidates for a key that is in several files", async () => {
    const error = await failure({ overrides: ["output=x.parquet"] });
    expect(error).toBeInstanceOf(UsageError);
    expect(error.hint).toBe("Say which: distill.output or filters.output");
    expect((await loadProject({ dir, overrides: ["filters.output=x.parquet"] })).filters.output).toBe("x.parquet");
  });

  test("names the word itself when its value is wrong", async () => {
    const error = await failure({ overrides: ["teacher.temperature=9"] });
    expect(error.message).toBe(
      "--set teacher.temperature=9: expected `teacher.temperature` to be at most 2, got `9` (number)",
    );
  });

  test("suggests a key for a typo, and a whole path for an inner key", async () => {
    expect((await failure({ overrides: ["teacher.temprature=1"] })).hint).toContain("teacher.temperature");
    expect((await failure({ overrides: ["min_judge_score=1"] })).hint).toBe(
      "Did you mean filters.sample_gate.min_judge_score?",
    );
    expect((await failure({ overrides: ["temperature"] })).message).toContain("Expected --set key=value");
  });

  test("cannot reach an object's prototype", async () => {
    expect(await failure({ overrides: ["__proto__.polluted=1"] })).toBeInstanceOf(UsageError);
    expect(await failure({ overrides: ["models.__proto__.price=0"] })).toBeInstanceOf(Error);
    expect(({} as Record<string, unknown>).price).toBeUndefined();
  });

  test("wants an address for a server that is free or speaks another protocol than OpenAI's", async () => {
    expect((await failure({ overrides: ["models.local={price: 0}"] })).message).toContain("the server's address");
    expect((await failure({ overrides: ["models.local={provider: openai-compatible}"] })).message).toContain(
      "`models.local.base_url`",
    );
  });

  test("adds a server under models:", async () => {
    const project = await loadProject({
      dir,
      overrides: ["models.local={base_url: 'http://127.0.0.1:8000/v1', price: 0}"],
    });
    expect(project.nexa.models.local).toMatchObject({ base_url: "http://127.0.0.1:8000/v1", price: 0 });
  });
});
