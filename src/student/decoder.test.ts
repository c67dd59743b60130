import { expect, test } from "vitest";
import { type Checkpoint, untrainedCheckpoint } from "./checkpoint.ts";
import { createDecoder } from "./decoder.ts";
import { createForwardPass } from "./forward-pass.ts";

const question = { role: "user", content: "Prepare 98 mL of 2 mM urea from a 4 mM stock for the PCR." } as const;
const size = { hidden_size: 16, intermediate_size: 24, layers: 2, heads: 2 };

/** A student whose layers add nothing: its embedding alone links each token of `text` to the next. */
function parrot(text: string): Checkpoint {
  const student = untrainedCheckpoint(1, { hidden_size: 64, intermediate_size: 4, layers: 1, heads: 2 });
  const width = student.config.hidden_size;
  const weights = new Map(
    Array.from(student.weights, ([name, data]) => [name, name.includes("proj") ? data.slice().fill(0) : data.slice()]),
  );
  const embedding = new Float32Array(student.config.vocab_size * width);
  const norm = new Float32Array(width).fill(1);
  student.tokenizer.encode(`<|assistant|>${text}<|end|>`).forEach((id, index) => {
    // One dimension a link, each stronger than the last, so that the next token outweighs the one before ...
    embedding[id * width + index] = 1;
    if (index > 0) embedding[id * width + index - 1] = index + 1;
    // ... and one of its own that speaks against a token following itself.
    embedding[id * width + width - 1 - index] = 20;
    norm[width - 1 - index] = -1;
  });
  weights.set("model.embed_tokens.weight", embedding).set("model.norm.weight", norm);
  return { ...student, weights };
}

test("says what the weights say and stops at the end token", async () => {
  const result = await createDecoder(parrot("Measure 4 mL of the urea")).generate([question]);
  expect(result).toEqual({
    text: "Measure 4 mL of the urea",
    finishReason: "stop",
    promptTokens: 14,
    completionTokens: 5,
  });
});

test("ends at the most tokens asked for, and at the context", async () => {
  const decoder = createDecoder(parrot("Measure 4 mL of the urea"));
  expect(await decoder.generate([question], { maxTokens: 2 })).toMatchObject({
    text: "Measure 4",
    finishReason: "length",
    completionTokens: 2,
  });
  const endless = createDecoder(untrainedCheckpoint(1, size));
  const results = await Promise.all([1, 2, 3, 4].map((seed) => endless.generate([question], { temperature: 5, seed })));
  for (const { promptTokens, completionTokens } of results)
    expect(promptTokens + completionTokens).toBeLessThanOrEqual(128);
});

test("the cache gives the same logits as the whole sequence at once", () => {
  const { config, weights, tokenizer } = untrainedCheckpoint(2, size);
  const ids = tokenizer.encode("Prepare 980 mL of 12 mM glucose");
  const whole = createForwardPass(config, weights);
  const expected = whole.logits(whole.createCache(), ids).slice();
  const stepwise = createForwardPass(config, weights);
  const cache = stepwise.createCache();
  let logits = new Float32Array(0);
  for (const id of ids) logits = Float32Array.from(stepwise.logits(cache, [id]));
  expect(logits).toEqual(expected);
});

test("is greedy unless a temperature is set, and then the seed decides", async () => {
  const decoder = createDecoder(untrainedCheckpoint(2, size));
  const say = async (options: object) => (await decoder.generate([question], { maxTokens: 30, ...options })).text;
  expect(await say({})).toBe(await say({ seed: 9 }));
  expect(await say({ temperature: 2, seed: 1 })).toBe(await say({ temperature: 2, seed: 1 }));
  expect(await say({ temperature: 2, seed: 1 })).not.toBe(await say({ temperature: 2, seed: 2 }));
});

test("special tokens do not show in the text", async () => {
  const decoder = createDecoder(untrainedCheckpoint(2, size));
  for (let seed = 0; seed < 20; seed++) {
    const { text } = await decoder.generate([question], { temperature: 3, seed });
    expect(text).not.toContain("<|");
  }
});

test("refuses a request outside the vocabulary or longer than the context, and stops when it is told to", async () => {
  const decoder = createDecoder(untrainedCheckpoint(2, size));
  await expect(decoder.generate([{ role: "user", content: "Why?" }])).rejects.toMatchObject({ name: "DataError" });
  await expect(decoder.generate([{ role: "user", content: "7".repeat(200) }])).rejects.toMatchObject({
    name: "DataError",
  });
  await expect(decoder.generate([question], { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
});
