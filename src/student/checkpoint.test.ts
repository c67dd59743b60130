import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadCheckpoint, untrainedCheckpoint, writeCheckpoint, writeFolderAtomic } from "./checkpoint.ts";
import { decodeSafetensors } from "./safetensors.ts";

const size = { hidden_size: 16, intermediate_size: 24, layers: 2, heads: 2 };
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-checkpoint-"));
});
afterEach(() => rm(dir, { recursive: true }));

test("a folder that was written is read back the same", async () => {
  const written = untrainedCheckpoint(3, size);
  await writeCheckpoint(dir, written);
  const read = await loadCheckpoint(dir);
  expect(read.config).toEqual(written.config);
  expect(read.weights).toEqual(written.weights);
  expect(read.parameters).toBe(written.parameters);
  expect(read.tokenizer.encode("Prepare 12")).toEqual(written.tokenizer.encode("Prepare 12"));
  expect(read.template.source).toBe(written.template.source);
});

test("the folder holds what Transformers looks for, and no output layer beside the embedding", async () => {
  await writeCheckpoint(dir, untrainedCheckpoint(3, size));
  expect((await readdir(dir)).sort()).toEqual([
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  const file = join(dir, "model.safetensors");
  const names = [...decodeSafetensors(await readFile(file), file).keys()];
  expect(names).toContain("model.layers.1.self_attn.q_proj.weight");
  expect(names).not.toContain("lm_head.weight");
  expect(JSON.parse(await readFile(join(dir, "config.json"), "utf8"))).toMatchObject({ tie_word_embeddings: true });
});

test("the same seed gives the same weights, another seed others", () => {
  expect(untrainedCheckpoint(3, size).weights).toEqual(untrainedCheckpoint(3, size).weights);
  expect(untrainedCheckpoint(3, size).weights).not.toEqual(untrainedCheckpoint(4, size).weights);
});

test.each(["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"])(
  "a folder without %s is refused by the file's name",
  async (name) => {
    await writeCheckpoint(dir, untrainedCheckpoint(3, size));
    await rm(join(dir, name));
    await expect(loadCheckpoint(dir)).rejects.toMatchObject({ name: "DataError", file: join(dir, name) });
  },
);

test.each([0, 7, 200, 5_000])("weights cut to %i bytes are refused", async (length) => {
  await writeCheckpoint(dir, untrainedCheckpoint(3, size));
  const file = join(dir, "model.safetensors");
  await writeFile(file, (await readFile(file)).subarray(0, length));
  await expect(loadCheckpoint(dir)).rejects.toMatchObject({ name: "DataError", file });
});

test("another architecture is refused by the key that differs", async () => {
  await writeCheckpoint(dir, untrainedCheckpoint(3, size));
  const file = join(dir, "config.json");
  await writeFile(file, (await readFile(file, "utf8")).replace('"model_type": "llama"', '"model_type": "qwen3"'));
  await expect(loadCheckpoint(dir)).rejects.toThrow(/model_type/);
});

test("a folder whose filling fails is not there, and the old one stays", async () => {
  const target = join(dir, "folder");
  await writeFolderAtomic(target, (temporary) => writeCheckpoint(temporary, untrainedCheckpoint(3, size)));
  const failing = writeFolderAtomic(target, async (temporary) => {
    await writeCheckpoint(temporary, untrainedCheckpoint(4, size));
    throw new Error("the power went");
  });
  await expect(failing).rejects.toThrow("the power went");
  expect(await readdir(dir)).toEqual(["folder"]);
  expect((await loadCheckpoint(target)).weights).toEqual(untrainedCheckpoint(3, size).weights);
});
