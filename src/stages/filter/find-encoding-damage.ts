/** A place where a text was damaged. */
export interface EncodingDamage {
  readonly kind: "replacement_character" | "control_character" | "lone_surrogate" | "mojibake";
  /** The damage with a few characters on both sides. */
  readonly text: string;
  /** In UTF-16 code units from the text's start. */
  readonly offset: number;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const damagedCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffd]/;

/** The letters as which the first byte of a character of two to four bytes shows itself. */
const leadLetter = /[\u00c2-\u00d6\u00d8-\u00df\u00e2\u00ef\u00f0]/;

/** What Windows-1252 makes of the bytes 0x80 to 0x9f. */
const upperHalf = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";
/** Any byte that can follow the first one. */
const follower = `[\\u00a0-\\u00bf${upperHalf}]`;

/**
 * UTF-8 that was read as Latin-1 or Windows-1252. Each pattern asks for more than good text of any language has: capitals with accents at
 * the end of a word ("IRMÃ”", "Spaß“"), and operators with hats and their daggers (Â², â†), are no damage.
 */
const mojibake = [
  // é, ü, ö, ä, ß, ç, á and others, which nothing but damage puts after Ã.
  "Ã[©¨¼¤¶Ÿ§¡¢£¯´¥¦¸‰œ„µ«ª]",
  // The other letters of the same block, whose second half good text could have there: only inside a word.
  `[a-zß-ÿ]{2}Ã${follower}`,
  `[a-zß-ÿ]Ã${follower}[a-z]`,
  `Ã[±²³¹º»®\\u00a0–—“”’][a-z]{2}`,
  // Signs: °, µ, £, ©, §, ¿, ¡, «; ±, powers of units, blanks and dots only where they stand as such.
  "Â[°µ£¢¥©®§¶¿¡«]",
  "[\\d\\s)]Â±\\s?\\d",
  "(?<![\\p{L}])[cdkmnµ]?[ms]Â[²³¹]",
  "[a-z0-9.,:;!?)]Â\\u00a0",
  "\\dÂ[·½¼¾º][\\dA-Za-z\\s]",
  // Quotes, dashes, ellipses, €, and mathematical signs: three bytes.
  "â€",
  `â[‚„ˆ‰Š™šœžŸŒŽ˜ƒ]${follower}`,
  "(?<![‘'])â[†‡][’‘“”•]",
  // Emoji, the mark at a file's start, the replacement character.
  "ðŸ",
  "ï»¿|ï¿½",
  // Polish, Czech and Turkish letters inside a word.
  "[a-z][ÄÅ][‚„Ÿ›‡™¡¾±ˆ][a-z]",
  // Other scripts: three letters on end.
  `(?:[\\u00c2-\\u00d6\\u00d8-\\u00df]${follower}){3}`,
].join("|");
const mojibakePattern = new RegExp(mojibake, "u");

/** The first damage of a text: replacement characters, control characters (but tabs and line ends), halves of surrogate pairs, mojibake. */
export function findEncodingDamage(text: string): EncodingDamage | null {
  const character = damagedCharacter.exec(text);
  if (character !== null)
    return damageAt(text, {
      kind: character[0] === "\ufffd" ? "replacement_character" : "control_character",
      offset: character.index,
    });
  if (!text.isWellFormed()) return damageAt(text, { kind: "lone_surrogate", offset: text.search(/\p{Surrogate}/u) });
  if (!leadLetter.test(text)) return null;
  const garbled = mojibakePattern.exec(text);
  if (garbled === null) return null;
  // Some patterns begin with the letters before.
  return damageAt(text, { kind: "mojibake", offset: garbled.index + Math.max(0, garbled[0].search(leadLetter)) });
}

function damageAt(text: string, { kind, offset }: Pick<EncodingDamage, "kind" | "offset">): EncodingDamage {
  return { kind, text: text.slice(Math.max(0, offset - 10), offset + 20).toWellFormed(), offset };
}
