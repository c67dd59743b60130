/**
 * The words of a text in flat arrays, in their order. A word is a stretch of letters, marks and digits; where scripts set no blanks between
 * words, each character is one.
 */
export interface Words {
  count: number;
  /** First code unit of each word. */
  starts: Int32Array;
  /** Code unit behind each word. */
  ends: Int32Array;
  /** By word, whatever its case. */
  hashes: Int32Array;
  /** How many words of two or more letters stand before each word; one more entry than words. */
  letterWords: Int32Array;
}

/** No model writes so much in one answer; of what does, the beginning is measured. */
export const maxWords = 1 << 16;

/** FNV-1a. */
const hashStart = 0x811c9dc5;
const hashFactor = 0x01000193;

export function createWords(capacity = 256): Words {
  const array = () => new Int32Array(capacity);
  return { count: 0, starts: array(), ends: array(), hashes: array(), letterWords: new Int32Array(capacity + 1) };
}

/** What an ASCII character counts as in a word: letters in lower case, digits, and 0 for all others. */
const ascii = Uint8Array.from({ length: 128 }, (_, unit) => {
  const character = String.fromCharCode(unit);
  return /[a-z0-9]/i.test(character) ? character.toLowerCase().charCodeAt(0) : 0;
});
/** Ideographs, syllables of Korean and Japanese: scripts that set no blanks between words, or few. */
const firstOwnWord = 0x2e80;

/** Adds the words between two places of a text; gives false where there was no more room. */
export function addWords(words: Words, text: string, { from, to }: { from: number; to: number }): boolean {
  makeRoom(words, Math.min(maxWords, words.count + to - from));
  const { starts, ends, hashes, letterWords } = words;
  let { count } = words;
  let start = -1;
  let hash = hashStart;
  let letters = 0;
  for (let index = from; index <= to; index++) {
    const unit = index === to ? 0 : text.charCodeAt(index);
    const folded = unit < 0x80 ? (ascii[unit] as number) : wordUnit(unit);
    const isOwnWord = folded >= firstOwnWord;
    if (start !== -1 && (folded === 0 || isOwnWord)) {
      starts[count] = start;
      ends[count] = index;
      hashes[count] = hash;
      letterWords[count + 1] = (letterWords[count] as number) + (letters > 1 ? 1 : 0);
      count++;
      start = -1;
    }
    if (folded === 0) continue;
    if (start === -1) {
      if (count >= maxWords) break;
      start = index;
      hash = hashStart;
      letters = isOwnWord ? 1 : 0;
    }
    hash = Math.imul(hash ^ folded, hashFactor);
    if (folded > 0x39) letters++;
  }
  words.count = count;
  return count < maxWords;
}

function makeRoom(words: Words, capacity: number): void {
  if (capacity <= words.starts.length) return;
  const enlarge = (from: Int32Array, length: number): Int32Array => {
    const array = new Int32Array(length);
    array.set(from);
    return array;
  };
  const length = Math.max(capacity, words.starts.length * 2);
  words.starts = enlarge(words.starts, length);
  words.ends = enlarge(words.ends, length);
  words.hashes = enlarge(words.hashes, length);
  words.letterWords = enlarge(words.letterWords, length + 1);
}

/** The unit itself where it can belong to a word, outside ASCII everything but punctuation, blanks and emoji; 0 otherwise. */
function wordUnit(unit: number): number {
  if (unit < 0xc0) return unit === 0xb5 ? unit : 0;
  const isPunctuation =
    (unit >= 0x2000 && unit <= 0x206f) || (unit >= 0x3000 && unit <= 0x303f) || (unit >= 0xff00 && unit <= 0xff20);
  // Emoji are surrogate pairs with selectors between.
  const isEmoji = (unit >= 0xd800 && unit <= 0xdfff) || (unit >= 0xfe00 && unit <= 0xfe0f);
  return isPunctuation || isEmoji ? 0 : unit;
}
