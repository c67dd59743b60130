import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Manifest, manifestPath, requireManifest } from "./manifest.ts";

const manifest: Manifest = {
  schema_version: 1,
  stage: "filter",
  session: "filtering",
  started_at: "2026-01-15T10:20:30.000Z",
  input_ready_at: "2026-01-15T10:20:30.000Z",
  ended_at: "2026-01-15T10:20:32.500Z",
  seconds: 2.5,
  inputs: [{ path: "in.parquet", sha256: "a".repeat(64), bytes: 10, rows: 3 }],
  outputs: [{ path: "out.parquet", sha256: "b".repeat(64), bytes: 10, rows: 2, mtime_ms: 1.5 }],
  config: { basic: { enabled: true } },
  config_hash: "c".repeat(64),
  choices: { judge: { model: "nexa:verifier", is_offline: true, reason: "no key" } },
  counts: { kept: 2, rejected: 1 },
  reasons: { citation: 1 },
  cost_usd: 0,
  details: {},
  versions: { nexacompute: "0.1.0" },
};

let output: string;

beforeEach(async () => {
  output = join(await mkdtemp(join(tmpdir(), "manifest-")), "out.parquet");
});

afterEach(() => rm(join(output, ".."), { recursive: true, force: true }));

test("comes back as it was written, beside its output", async () => {
  await writeFile(`${output}.manifest.json`, JSON.stringify(manifest));
  expect(await requireManifest(output, { madeBy: "nexa filter" })).toEqual(manifest);
});

test("is named, with the command that makes it, when it is missing", async () => {
  await expect(requireManifest(output, { madeBy: "nexa filter" })).rejects.toMatchObject({
    message: `${manifestPath(output)}: the manifest is missing`,
    hint: "Run `nexa filter` first: its output comes with one.",
    exitCode: 4,
  });
});

test.each([
  ["cut", JSON.stringify(manifest).slice(0, -1), "the manifest is not JSON"],
  ["of another version", JSON.stringify({ ...manifest, schema_version: 2 }), "`schema_version`"],
  ["without a hash", JSON.stringify({ ...manifest, outputs: [{ path: "out.parquet" }] }), "`outputs.0.sha256`"],
])("is refused with the field's name when it is %s", async (_, text, message) => {
  await writeFile(manifestPath(output), text);
  await expect(requireManifest(output, { madeBy: "nexa filter" })).rejects.toThrow(message);
});
