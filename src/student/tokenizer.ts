import { Tokenizer } from "@huggingface/tokenizers";
import { specialTokens, tinyVocabulary } from "./vocabulary.ts";

/** Text to token ids and back, whatever model the vocabulary belongs to. */
export interface StudentTokenizer {
  /** Ids of a text that may hold special tokens, such as a rendered chat; nothing is added before or after. */
  encode(text: string): number[];
  /** The text of the ids, special tokens included. */
  decode(ids: readonly number[]): string;
  readonly vocabSize: number;
  readonly eosId: number;
  /** The id that stands for text outside the vocabulary; null where every text can be written. */
  readonly unknownId: number | null;
  /** The special tokens as written; text of users that holds one would be read as structure. */
  readonly specialTokens: readonly string[];
  readonly specialIds: ReadonlySet<number>;
}

/** The parsed `tokenizer.json`, in the format of Hugging Face's tokenizers library. */
export type TokenizerJson = Record<string, unknown>;
/** The parsed `tokenizer_config.json`. */
export type TokenizerConfig = Record<string, unknown>;

/** Tokenizer of a `tokenizer.json` and `tokenizer_config.json`, as they stand in a checkpoint. */
export function createTokenizer(json: TokenizerJson, config: TokenizerConfig): StudentTokenizer {
  const tokenizer = new Tokenizer(json, { ...config, clean_up_tokenization_spaces: false });
  const eosId = tokenizer.token_to_id(String(config.eos_token));
  if (eosId === undefined)
    throw new Error(`tokenizer_config.json names the eos_token ${config.eos_token}, which tokenizer.json lacks.`);
  const special = (json.added_tokens as { id: number; content: string; special: boolean }[]).filter(
    (token) => token.special,
  );
  const model = json.model as { unk_token?: string | null };
  return {
    encode: (text) => (text === "" ? [] : tokenizer.encode(text, { add_special_tokens: false }).ids),
    decode: (ids) => (ids.length === 0 ? "" : tokenizer.decode([...ids], { clean_up_tokenization_spaces: false })),
    vocabSize: tokenizer.get_vocab(true).size,
    eosId,
    unknownId: model.unk_token == null ? null : (tokenizer.token_to_id(model.unk_token) ?? null),
    specialTokens: special.map((token) => token.content),
    specialIds: new Set(special.map((token) => token.id)),
  };
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/**
 * The `tokenizer.json` of nexa:tiny: a split at the vocabulary's own words and phrases, longest first, then one id a piece. What lies
 * between the pieces becomes `<|unk|>`, character by character.
 * @see https://huggingface.co/docs/tokenizers/components
 */
export function tinyTokenizerJson(): TokenizerJson {
  const special: readonly string[] = Object.values(specialTokens);
  const plain = tinyVocabulary.filter((token) => !special.includes(token));
  const pattern = [...plain]
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
    .map(escapeRegex)
    .join("|");
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
    post_processor: null,
    decoder: { type: "Fuse" },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: specialTokens.unknown,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: true,
      vocab: Object.fromEntries(tinyVocabulary.map((token, id) => [token, id])),
      merges: [],
    },
  };
}
