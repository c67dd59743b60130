import { type ChatTemplate, createChatTemplate, tinyChatTemplate } from "./chat-template.ts";
import {
  createTokenizer,
  type StudentTokenizer,
  type TokenizerConfig,
  type TokenizerJson,
  tinyTokenizerJson,
} from "./tokenizer.ts";
import { specialTokens } from "./vocabulary.ts";

/** Longest conversation that nexa:tiny takes, in tokens; a bench-science row has at most about 90. */
export const tinyContextLength = 128;

/** The tokenizer's own files in a checkpoint, parsed. */
export interface TokenizerFiles {
  readonly tokenizerJson: TokenizerJson;
  readonly tokenizerConfig: TokenizerConfig;
}

export interface StudentText {
  readonly tokenizer: StudentTokenizer;
  readonly template: ChatTemplate;
  readonly files: TokenizerFiles;
}

/** Tokenizer, chat template and their files for nexa:tiny, before any training. */
export function createTinyTokenizer(): StudentText {
  return createStudentText({
    tokenizerJson: tinyTokenizerJson(),
    tokenizerConfig: {
      tokenizer_class: "PreTrainedTokenizerFast",
      model_max_length: tinyContextLength,
      clean_up_tokenization_spaces: false,
      bos_token: null,
      eos_token: specialTokens.end,
      pad_token: specialTokens.pad,
      unk_token: specialTokens.unknown,
      additional_special_tokens: [specialTokens.user, specialTokens.assistant],
      chat_template: tinyChatTemplate,
    },
  });
}

/** Tokenizer and template out of a checkpoint's files. */
export function createStudentText(files: TokenizerFiles): StudentText {
  const { tokenizerJson, tokenizerConfig } = files;
  const source = tokenizerConfig.chat_template;
  if (typeof source !== "string") throw new Error("tokenizer_config.json has no chat_template.");
  return {
    tokenizer: createTokenizer(tokenizerJson, tokenizerConfig),
    template: createChatTemplate(source, {
      bos_token: tokenizerConfig.bos_token ?? "",
      eos_token: tokenizerConfig.eos_token,
    }),
    files,
  };
}
