import type { FiltersConfig } from "../config/index.ts";

export type TokenizerName = FiltersConfig["basic"]["tokenizer"];

/** Tells whether a text has so many tokens, encoding it only where bounds do not decide. */
export interface TokenGauge {
  readonly name: TokenizerName;
  hasAtLeast(text: string, minimum: number): boolean;
  /** Exact, but for a stretch of more than 4,096 characters without a break, which is counted in windows: a few tokens too many. */
  count(text: string): number;
}

/** Bytes of the longest token in both vocabularies: 128 spaces. */
export const longestTokenBytes = 128;

/** Longest unbroken stretch that is encoded as one: the encoder's time grows with its square. */
const windowCharacters = 4096;

interface Encoder {
  readonly name: TokenizerName;
  readonly countTokens: (text: string) => number;
  /** Splits a text into stretches, each of which has one token or more. */
  readonly splitPattern: RegExp;
}

/** Loads a tokenizer; takes a tenth of a second, so only where tokens are to be counted. */
export async function loadTokenGauge(name: TokenizerName): Promise<TokenGauge> {
  const encoder = await loadEncoder(name);
  return {
    name,
    hasAtLeast: (text, minimum) => hasAtLeast(text, { minimum, encoder }),
    count: (text) => countExactly(text, encoder),
  };
}

async function loadEncoder(name: TokenizerName): Promise<Encoder> {
  const patterns = await import("gpt-tokenizer/encodingParams/constants");
  const isO200k = name === "o200k_base";
  const { countTokens } = isO200k
    ? await import("gpt-tokenizer/encoding/o200k_base")
    : await import("gpt-tokenizer/encoding/cl100k_base");
  // Text that looks like a special token is counted as the plain text that it is.
  const options = { disallowedSpecial: new Set<string>() };
  return {
    name,
    countTokens: (text) => countTokens(text, options),
    splitPattern: isO200k ? patterns.O200K_TOKEN_SPLIT_REGEX : patterns.CL100K_TOKEN_SPLIT_REGEX,
  };
}

/** Bounds first: bytes from above, bytes over the longest token and the number of stretches from below; the encoder only in between. */
function hasAtLeast(text: string, { minimum, encoder }: { minimum: number; encoder: Encoder }): boolean {
  // A code unit has one to three bytes.
  if (text.length * 3 < minimum) return false;
  if (text.length >= minimum * longestTokenBytes) return true;
  if (Buffer.byteLength(text, "utf8") < minimum) return false;
  let stretches = 0;
  for (const _ of text.matchAll(encoder.splitPattern)) {
    stretches++;
    if (stretches >= minimum) return true;
  }
  return minimum === 0 || countExactly(text, encoder) >= minimum;
}

function countExactly(text: string, { countTokens, splitPattern }: Encoder): number {
  if (text.length <= windowCharacters) return countTokens(text);
  let tokens = 0;
  let from = 0;
  for (const { index, 0: stretch } of text.matchAll(splitPattern)) {
    if (stretch.length <= windowCharacters) continue;
    tokens += countTokens(text.slice(from, index));
    for (let start = 0; start < stretch.length; start += windowCharacters) {
      tokens += countTokens(stretch.slice(start, start + windowCharacters));
    }
    from = index + stretch.length;
  }
  return tokens + countTokens(text.slice(from));
}
