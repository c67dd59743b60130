import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";

/**
 * Counts tokens by the `tokenizer.json` and `tokenizer_config.json` of a folder in Hugging Face layout; nothing is added before or after
 * a text.
 * @throws Error for a file that is missing or that the tokenizers library does not take.
 */
export async function loadTokenCount(folder: string): Promise<(text: string) => number> {
  const [json, config] = await Promise.all(
    ["tokenizer.json", "tokenizer_config.json"].map(async (name) =>
      JSON.parse(await readFile(join(folder, name), "utf8")),
    ),
  );
  const tokenizer = new Tokenizer(json, config);
  return (text) => (text === "" ? 0 : tokenizer.encode(text, { add_special_tokens: false }).ids.length);
}
