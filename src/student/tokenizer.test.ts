import fc from "fast-check";
import { expect, test } from "vitest";
import { createTinyTokenizer } from "./tiny.ts";
import { specialTokens, tinyVocabulary } from "./vocabulary.ts";

const { tokenizer, files } = createTinyTokenizer();

test("every entry of the vocabulary is one token with its place as id", () => {
  expect(new Set(tinyVocabulary).size).toBe(tinyVocabulary.length);
  expect(tokenizer.vocabSize).toBe(tinyVocabulary.length);
  tinyVocabulary.forEach((token, id) => {
    expect(tokenizer.encode(token)).toEqual([id]);
    expect(tokenizer.decode([id])).toBe(token);
  });
});

test("digits stand alone, and boilerplate is one token however long", () => {
  const ids = tokenizer.encode("Prepare 980 mL of 12 mM glucose from a 60 mM stock for the western blot.");
  expect(ids.map((id) => tokenizer.decode([id]))).toEqual([
    "Prepare ",
    "9",
    "8",
    "0",
    " mL of ",
    "1",
    "2",
    " mM ",
    "glucose",
    " from a ",
    "6",
    "0",
    " mM stock for the ",
    "western blot",
    ".",
  ]);
});

test("whatever is read without an unknown token comes back byte for byte", () => {
  const plain = tinyVocabulary.filter((token) => !Object.values<string>(specialTokens).includes(token));
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...plain), { maxLength: 40 }), (tokens) => {
      const text = tokens.join("");
      const ids = tokenizer.encode(text);
      // The longest entry that fits is taken, so pieces that never stand side by side may leave a rest that no entry begins with.
      if (!ids.includes(tokenizer.unknownId as number)) expect(tokenizer.decode(ids)).toBe(text);
    }),
  );
});

test("text outside the vocabulary becomes the unknown token, character by character", () => {
  const unknown = tokenizer.unknownId;
  expect(tokenizer.encode("7 Äpfel")).toEqual([tokenizer.encode("7")[0], ...Array.from(" Äpfel", () => unknown)]);
});

test("a special token inside text is that token", () => {
  expect(tokenizer.encode("9<|end|>9")).toEqual([...tokenizer.encode("9"), tokenizer.eosId, ...tokenizer.encode("9")]);
  expect(tokenizer.specialTokens).toEqual(Object.values(specialTokens));
});

test("the files say what Transformers needs to load it", () => {
  expect(files.tokenizerConfig).toMatchObject({
    tokenizer_class: "PreTrainedTokenizerFast",
    eos_token: "<|end|>",
    pad_token: "<|pad|>",
    clean_up_tokenization_spaces: false,
  });
  expect(JSON.parse(JSON.stringify(files.tokenizerJson))).toEqual(files.tokenizerJson);
});
