import type { FiltersConfig } from "../../../config/index.ts";

export type DuplicatesConfig = FiltersConfig["duplicates"];

/** Least values that a signature is made of: at a similarity of 0.8 the estimate's standard error is 0.037. */
const fewestSamples = 128;
const mostSamples = 256;
/** Bits of each of them that are kept; 8 stand in a word of 32 bits. */
export const sampleBits = 4;
const samplesPerWord = 32 / sampleBits;

/** Numbers of a row that are kept: the least by their hashes. */
export const numberSlots = 16;

/** Power sums of a row's subjects, beside their count. */
export const subjectSums = 5;

/** Where what stands in a row's record, in words of 32 bits. Records of one store are of one size. */
export interface RecordLayout {
  readonly words: number;
  /** See recordFlags. */
  readonly flags: number;
  /** Two words. */
  readonly key: number;
  /** Hash of the normalised request. */
  readonly request: number;
  /** Sum of the answer's word hashes, whatever their order. */
  readonly answer: number;
  readonly bandKeys: number;
  /** 0 where near-duplicates are not looked for. */
  readonly bands: number;
  readonly bandRows: number;
  readonly signature: number;
  readonly signatureWords: number;
  /** Sixteen halves of a word, ascending, filled up with 0xffff. */
  readonly numbers: number;
  /** Six halves of a word: the count, then the sums. */
  readonly subjects: number;
}

export const recordFlags = {
  /** Has an answer: without one it is nobody's duplicate. */
  isFilled: 1,
  /** Has words, and with them all that is needed to look for near-duplicates. */
  hasWords: 2,
} as const;

export function recordLayout({ near }: Pick<DuplicatesConfig, "near">): RecordLayout {
  const bands = near.enabled ? near.bands : 0;
  const signatureWords = near.enabled ? samplesOf(near.bands * near.band_rows) / samplesPerWord : 0;
  const bandKeys = 5;
  const signature = bandKeys + bands;
  const numbers = signature + signatureWords;
  const subjects = numbers + (near.enabled ? numberSlots / 2 : 0);
  const words = subjects + (near.enabled ? (subjectSums + 1) / 2 : 0);
  return {
    ...{ words, flags: 0, key: 1, request: 3, answer: 4, bandKeys, bands, bandRows: near.band_rows },
    ...{ signature, signatureWords, numbers, subjects },
  };
}

function samplesOf(hashes: number): number {
  const samples = Math.min(mostSamples, Math.max(fewestSamples, hashes));
  return Math.ceil(samples / samplesPerWord) * samplesPerWord;
}

/** Hash functions that a record needs. */
export function hashFunctions({ bands, bandRows, signatureWords }: RecordLayout): number {
  return Math.max(bands * bandRows, signatureWords * samplesPerWord);
}
