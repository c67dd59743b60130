/** What a UTF-16 code unit is to the scanner of words. */
export const unitKinds = {
  /** Between words: most punctuation, symbols, emoji. */
  gap: 0,
  letter: 1,
  digit: 2,
  /** A word by itself: a letter of a script that puts no blanks between words. */
  single: 3,
  /** Belongs to the word that it follows. */
  mark: 4,
  space: 5,
  /** White space that ends a line, and with it a sentence. */
  newline: 6,
  /** Punctuation that can stand at a sentence's border. */
  border: 7,
  /** First half of a pair: what it is depends on the second. */
  high: 8,
} as const;

const letters = /\p{L}/u;
const digits = /\p{N}/u;
const marks = /\p{M}/u;
/** Scripts whose words are not told apart by blanks; Korean has blanks. */
const singles = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]/u;
const borders = /[.!?:;"“”„«»()[\]{}|>*#…。！？：；、「」『』【】()،؛؟।]/u;

let table: Uint8Array | null = null;

/** The kind of each of the 65,536 code units. Made once, some milliseconds. */
export function unitKindTable(): Uint8Array {
  table ??= Uint8Array.from({ length: 0x1_0000 }, (_, unit) => kindOf(unit));
  return table;
}

function kindOf(unit: number): number {
  if (unit >= 0xd800 && unit < 0xdc00) return unitKinds.high;
  const character = String.fromCharCode(unit);
  if (/\s/u.test(character)) return /[\n\r\u2028\u2029]/u.test(character) ? unitKinds.newline : unitKinds.space;
  return borders.test(character) ? unitKinds.border : wordKindOf(character);
}

/** The kind of a character outside the basic plane. */
export function pairKind(codePoint: number): number {
  return wordKindOf(String.fromCodePoint(codePoint));
}

function wordKindOf(character: string): number {
  if (letters.test(character)) return singles.test(character) ? unitKinds.single : unitKinds.letter;
  if (digits.test(character)) return unitKinds.digit;
  return marks.test(character) ? unitKinds.mark : unitKinds.gap;
}
