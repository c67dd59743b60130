import { mixBits } from "./mix-bits.ts";
import { pairKind, unitKinds, unitKindTable } from "./unit-kinds.ts";

/**
 * The words of one or more texts, as hashes of 32 bits. A word is a run of letters and digits in lower case, or one character of a script
 * that puts no blanks between words. Its arrays are used again for the next row.
 */
export interface ScannedText {
  readonly words: Int32Array;
  /** 1 where a sentence or line can begin with the word. */
  readonly begins: Uint8Array;
  readonly wordCount: number;
  /** Number tokens such as 12, 0.5 and 1,000, as hashes; 1,000 is 1000. */
  readonly numbers: Int32Array;
  readonly numberCount: number;
  /** 64 bits of a hash of the texts as normalizeText has them. */
  readonly keyLow: number;
  readonly keyHigh: number;
}

const { letter, digit, single, mark, space, newline, border, high } = unitKinds;
const startSize = 4096;
/** Entries from which arrays are not kept for the next row. */
const keptSize = 2 ** 20;
const comma = 0x2c;
const point = 0x2e;

/** Reads texts code unit by code unit, once, in time linear in their length. */
export class TextScanner implements ScannedText {
  words = new Int32Array(startSize);
  begins = new Uint8Array(startSize);
  wordCount = 0;
  numbers = new Int32Array(startSize);
  numberCount = 0;
  keyLow = 0;
  keyHigh = 0;
  readonly #kinds = unitKindTable();

  /** Forgets the texts before. */
  clear(): void {
    if (this.words.length > keptSize) {
      this.words = new Int32Array(startSize);
      this.begins = new Uint8Array(startSize);
    }
    if (this.numbers.length > keptSize) this.numbers = new Int32Array(startSize);
    this.wordCount = 0;
    this.numberCount = 0;
    this.keyLow = 0x12345678;
    this.keyHigh = 0x3ade68b1;
  }

  /** Adds a text's words behind those that are there; no word reaches from one text into the next. */
  add(text: string): void {
    const lower = lowerCase(text);
    const kinds = this.#kinds;
    const length = lower.length;
    let { keyLow, keyHigh } = this;
    let word = 0;
    let isInWord = false;
    let number = 0;
    let isInNumber = false;
    let isBegin = true;
    let hasSpace = false;
    let isBlank = true;
    for (let index = 0; index < length; index++) {
      const unit = lower.charCodeAt(index);
      let kind = kinds[unit] as number;
      if (kind === space || kind === newline) hasSpace = true;
      else {
        if (hasSpace && !isBlank) {
          keyLow = Math.imul(((keyLow << 5) | (keyLow >>> 27)) ^ 0x20, 0x9e3779b1);
          keyHigh = Math.imul(((keyHigh << 13) | (keyHigh >>> 19)) ^ 0x20, 0x85ebca77);
        }
        hasSpace = false;
        isBlank = false;
        keyLow = Math.imul(((keyLow << 5) | (keyLow >>> 27)) ^ unit, 0x9e3779b1);
        keyHigh = Math.imul(((keyHigh << 13) | (keyHigh >>> 19)) ^ unit, 0x85ebca77);
      }
      let code = unit;
      if (kind === high) {
        const second = lower.charCodeAt(index + 1);
        if ((second & 0xfc00) !== 0xdc00) kind = unitKinds.gap;
        else {
          index++;
          code = 0x1_0000 + ((unit & 0x3ff) << 10) + (second & 0x3ff);
          kind = pairKind(code);
          keyLow = Math.imul(((keyLow << 5) | (keyLow >>> 27)) ^ second, 0x9e3779b1);
          keyHigh = Math.imul(((keyHigh << 13) | (keyHigh >>> 19)) ^ second, 0x85ebca77);
        }
      }
      if (kind === letter || kind === digit || (kind === mark && isInWord)) {
        // The micro sign and the Greek letter look the same, and upper case makes one of both.
        word = Math.imul(((word << 5) | (word >>> 27)) ^ (code === 0xb5 ? 0x3bc : code), 0x9e3779b1);
        isInWord = true;
        if (kind === digit) {
          number = Math.imul(((number << 5) | (number >>> 27)) ^ code, 0x9e3779b1);
          isInNumber = true;
          continue;
        }
      } else {
        if (isInWord) {
          this.#addWord(word, isBegin);
          word = 0;
          isInWord = false;
          isBegin = false;
        }
        if (kind === single) {
          this.#addWord(code, isBegin);
          isBegin = false;
        } else if (kind === newline || kind === border) isBegin = true;
      }
      if (!isInNumber) continue;
      if (unit === point && kinds[lower.charCodeAt(index + 1)] === digit) {
        number = Math.imul(((number << 5) | (number >>> 27)) ^ point, 0x9e3779b1);
        isBegin = false;
      } else if (unit !== comma || !isThousands(lower, index)) {
        this.#addNumber(number);
        number = 0;
        isInNumber = false;
      }
    }
    if (isInWord) this.#addWord(word, isBegin);
    if (isInNumber) this.#addNumber(number);
    // No code unit is as large as this one, which stands between two texts.
    this.keyLow = mixBits(Math.imul(((keyLow << 5) | (keyLow >>> 27)) ^ 0x1_0000, 0x9e3779b1));
    this.keyHigh = mixBits(Math.imul(((keyHigh << 13) | (keyHigh >>> 19)) ^ 0x1_0000, 0x85ebca77));
  }

  #addWord(hash: number, isBegin: boolean): void {
    if (this.wordCount === this.words.length) {
      this.words = grow(this.words);
      const begins = new Uint8Array(this.words.length);
      begins.set(this.begins);
      this.begins = begins;
    }
    this.words[this.wordCount] = mixBits(hash);
    this.begins[this.wordCount] = isBegin ? 1 : 0;
    this.wordCount++;
  }

  #addNumber(hash: number): void {
    if (this.numberCount === this.numbers.length) this.numbers = grow(this.numbers);
    this.numbers[this.numberCount++] = mixBits(hash);
  }
}

/** Whether a comma stands before exactly three digits. */
function isThousands(text: string, place: number): boolean {
  for (let index = place + 1; index <= place + 3; index++) if (!isAsciiDigit(text.charCodeAt(index))) return false;
  return !isAsciiDigit(text.charCodeAt(place + 4));
}

function isAsciiDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function grow(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** As normalizeText begins; below U+0300 no text has two forms. */
function lowerCase(text: string): string {
  return (/[^\0-\u02ff]/u.test(text) ? text.normalize("NFC") : text).toLowerCase();
}
