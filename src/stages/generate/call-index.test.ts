import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Ledger, openLedger } from "../../calls/index.ts";
import { distillSchema } from "../../config/distill-schema.ts";
import { describeModel, type ModelDescription } from "../../models/index.ts";
import { createCallIndex } from "./call-index.ts";
import type { NumberedPrompt } from "./input/numbered-prompt.ts";

let folder: string;
let ledger: Ledger;
let model: ModelDescription;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nexa-index-"));
  ledger = openLedger(join(folder, "ledger.sqlite"));
  model = await describeModel("gpt-4o-mini", { models: {}, env: {} });
});

afterEach(() => {
  ledger[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const { teacher } = distillSchema.parse({});
const context = { system: null, format: null, teacher, samplesPerPrompt: 2 };

function promptOf(content: string): NumberedPrompt {
  const rest = { category: null, expects_json: false, reference: null, group: null, file: "p.jsonl", line: 1 };
  return { id: "p", messages: [{ role: "user", content }], prompt: content, ...rest };
}

async function indexOf(texts: readonly string[], contextTokens: number | null, provider = "openai") {
  const described = { ...model, contextTokens, provider };
  const { index, add } = createCallIndex({ model: described, ledger, context, retryFailed: false });
  for (const text of texts) await add(promptOf(text));
  return index;
}

describe("the index of calls", () => {
  it("keeps the ledger's key of every row, in order", async () => {
    const texts = Array.from({ length: 1_500 }, (_, index) => `prompt ${index}`);
    const index = await indexOf(texts, null);
    expect(index.rows).toBe(3_000);
    expect(index.toAsk).toBe(3_000);
    const identities = Array.from({ length: 3_000 }, (_, row) => index.identity(row));
    expect(new Set(identities).size).toBe(3_000);
    expect((await indexOf(["prompt 1234"], null)).identity(1)).toBe(identities[2_469]);
  });

  it("refuses a prompt that is longer than the model's context, counted, and asks the others", async () => {
    const index = await indexOf(["short", "water ".repeat(990), "water ".repeat(1_010)], 1_000);
    expect(index.toAsk).toBe(4);
    expect([...index.refused]).toEqual(
      [4, 5].map((row) => [
        row,
        { code: "prompt_too_long", message: "the prompt has 1,018 tokens, and gpt-4o-mini reads 1,000" },
      ]),
    );
    expect([3, 4].map((row) => index.isToAsk(row))).toEqual([true, false]);
  });

  it("leaves what is near the limit to a model that counts in another way", async () => {
    expect((await indexOf(["water ".repeat(1_010)], 1_000, "anthropic")).toAsk).toBe(2);
    expect((await indexOf(["water ".repeat(1_300)], 1_000, "anthropic")).toAsk).toBe(0);
  });
});
