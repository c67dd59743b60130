import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parse } from "yaml";
import { filtersSchema } from "../../../config/filters-schema.ts";
import { besideModule, startWorkerThread } from "../../../core/index.ts";
import { checkSqlRules } from "./check-sql-rules.ts";
import { candidateOf, outputRow } from "./fixtures/outputs.ts";
import type { ApplyReply, ApplyRequest } from "./fixtures/rules-worker.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/Pipeline/GATE.md"), "utf8");
const section = page.slice(page.indexOf("### Your own rules"));

/** The section's first block in that language. */
function block(language: string): string {
  return new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, "s").exec(section)?.[1] ?? "";
}

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "nexa-documented-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

it("GATE.md's rules of one's own are rules, and decide as it says", async () => {
  const { rules } = filtersSchema.parse(parse(block("yaml")));
  await checkSqlRules(rules, null);
  const path = rules.find((rule) => typeof rule === "string") ?? "";
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), block("ts"));
  const file = besideModule(import.meta.url, "fixtures/rules-worker");
  const thread = startWorkerThread<ApplyRequest, ApplyReply>({ file, workerData: null, name: "rules" });
  const candidates = ["6 / 2 = 3 and 3 + 1 = 4", "It = 3."].map((text) =>
    candidateOf(outputRow({ teacher_output: text })),
  );
  try {
    expect(await thread.ask({ rules, dir, candidates })).toMatchObject({
      names: ["rule:shows_work"],
      outcomes: [[{ keep: true }], [{ keep: false, reason: "rule:shows_work", detail: { equations: 1, minimum: 2 } }]],
    });
  } finally {
    await thread.end();
  }
});

it("the rule in GateRule's documentation is GATE.md's", () => {
  const source = readFileSync(join(import.meta.dirname, "gate-rule.ts"), "utf8");
  const example = /```ts\n(.*?)\n \* ```/s.exec(source)?.[1] ?? "none";
  expect(example.replace(/^ \* ?/gm, "")).toBe(block("ts"));
});
