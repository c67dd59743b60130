import type { FiltersConfig } from "../config/index.ts";
import { countCodePoints, countCollapsed } from "../core/index.ts";

export type TokenizerName = FiltersConfig["basic"]["tokenizer"];

/** Tells how many tokens a text has, encoding it only where bounds do not decide. */
export interface TokenGauge {
  readonly name: TokenizerName;
  hasAtLeast(text: string, minimum: number): boolean;
  hasMoreThan(text: string, maximum: number): boolean;
  /**
   * Exact, but for long stretches without a break, which are counted in windows, a few tokens too many, and for U+FEFF, in which
   * gpt-tokenizer sees up to two tokens where OpenAI's own tokenizer sees one.
   */
  count(text: string): number;
  /** No more tokens than the text has, however its white space is changed; stops counting once there are `enough`. */
  fewest(text: string, enough: number): number;
  /** No fewer tokens than the text has, or has when its white space is collapsed. */
  most(text: string): number;
}

/** Bytes of the longest token in both vocabularies: 128 spaces. */
export const longestTokenBytes = 128;

/** Longest unbroken stretch that is encoded as one: the encoder's time grows with its square. */
const windowCharacters = 4096;

/** Where the student's own tokenizer is. */
export interface StudentPlace {
  /** See `findStudentTokenizer`; null where it is not on this machine. */
  readonly tokenizer: string | null;
  /** The configuration's file that asks for it, for errors. */
  readonly configPath: string;
}

/**
 * Loads a tokenizer; takes a tenth of a second, so only where tokens are to be counted.
 * @throws ConfigError (exit 2) naming basic.tokenizer where the student's tokenizer is asked for and cannot be had.
 */
export async function loadTokenGauge(name: TokenizerName, student?: StudentPlace): Promise<TokenGauge> {
  if (name === "characters_over_4") return characterGauge;
  if (name === "student") return (await import("./student-gauge.ts")).loadStudentGauge(student);
  return vocabularyGauge(name, await loadEncoder(name));
}

/** A quarter of the characters (code points), rounded up: what is taken for tokens where there is no tokenizer. */
const characterGauge: TokenGauge = {
  name: "characters_over_4",
  hasAtLeast: (text, minimum) => quarter(countCodePoints(text, charactersFor(minimum))) >= minimum,
  hasMoreThan: (text, maximum) => quarter(countCodePoints(text, charactersFor(maximum + 1))) > maximum,
  count: (text) => quarter(countCodePoints(text)),
  fewest: (text, enough) => quarter(countCollapsed(text, charactersFor(enough))),
  most: (text) => quarter(text.length),
};

function quarter(characters: number): number {
  return Math.ceil(characters / 4);
}

/** The fewest characters that come to so many tokens. */
function charactersFor(tokens: number): number {
  return Math.max(0, 4 * (tokens - 1) + 1);
}

interface Encoder {
  readonly countTokens: (text: string) => number;
  /** Splits a text into stretches, each of which has one token or more. */
  readonly splitPattern: RegExp;
}

/** Different stretches whose tokens are remembered, in every thread that counts. */
const rememberedStretches = 20_000;

async function loadEncoder(name: "o200k_base" | "cl100k_base"): Promise<Encoder> {
  const patterns = await import("gpt-tokenizer/encodingParams/constants");
  const { BytePairEncodingCore } = await import("gpt-tokenizer/BytePairEncodingCore");
  const isO200k = name === "o200k_base";
  const { default: ranks } = isO200k
    ? await import("gpt-tokenizer/bpeRanks/o200k_base")
    : await import("gpt-tokenizer/bpeRanks/cl100k_base");
  const splitPattern = withWhiteSpaceOfUnicode(
    isO200k ? patterns.O200K_TOKEN_SPLIT_REGEX : patterns.CL100K_TOKEN_SPLIT_REGEX,
  );
  // Text that looks like a special token is counted as the plain text that it is, as none is allowed below.
  const specialTokensEncoder = new Map([["<|endoftext|>", ranks.length]]);
  const core = new BytePairEncodingCore({
    bytePairRankDecoder: ranks,
    tokenSplitRegex: splitPattern,
    specialTokensEncoder,
    mergeCacheSize: rememberedStretches,
  });
  return { countTokens: (text) => core.countNative(text), splitPattern };
}

/** To OpenAI's own tokenizer, white space is what Unicode calls so: with U+0085 and without U+FEFF, unlike JavaScript's `\s`. */
function withWhiteSpaceOfUnicode({ source, flags }: RegExp): RegExp {
  return new RegExp(source.replaceAll("\\s", "\\p{White_Space}").replaceAll("\\S", "\\P{White_Space}"), flags);
}

function vocabularyGauge(name: TokenizerName, encoder: Encoder): TokenGauge {
  return {
    name,
    hasAtLeast: (text, minimum) => hasAtLeast(text, { minimum, encoder }),
    hasMoreThan: (text, maximum) => hasAtLeast(text, { minimum: maximum + 1, encoder }),
    count: (text) => countExactly(text, encoder),
    fewest: countRuns,
    // A code unit has one to three bytes, and no token less than one.
    most: (text) => text.length * 3,
  };
}

/** Bounds first: bytes from above, bytes over the longest token and the number of stretches from below; the encoder only in between. */
function hasAtLeast(text: string, { minimum, encoder }: { minimum: number; encoder: Encoder }): boolean {
  if (text.length * 3 < minimum) return false;
  if (text.length >= minimum * longestTokenBytes) return true;
  if (countRuns(text, minimum) >= minimum) return true;
  if (Buffer.byteLength(text, "utf8") < minimum) return false;
  let stretches = 0;
  for (const _ of text.matchAll(encoder.splitPattern)) {
    stretches++;
    if (stretches >= minimum) return true;
  }
  return minimum === 0 || countExactly(text, encoder) >= minimum;
}

const other = 0;
const letter = 1;
const digit = 2;
const unsure = 3;

/**
 * Runs of ASCII letters and of ASCII digits: both vocabularies split a text so that no stretch holds two of them, whatever stands between.
 * What follows an apostrophe or a character outside ASCII can belong to the stretch before and does not count.
 */
function countRuns(text: string, enough: number): number {
  let runs = 0;
  let before = other;
  for (let index = 0; index < text.length && runs < enough; index++) {
    const kind = kindOf(text.charCodeAt(index));
    if (kind !== before && before !== unsure && (kind === letter || kind === digit)) runs++;
    before = kind;
  }
  return runs;
}

function kindOf(unit: number): number {
  const lower = unit | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return letter;
  if (unit >= 0x30 && unit <= 0x39) return digit;
  return unit > 0x7f || unit === 0x27 ? unsure : other;
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
