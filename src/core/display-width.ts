const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** East Asian Wide and Fullwidth, the blocks that terminals draw over two columns. @see https://www.unicode.org/reports/tr11/ */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]/u;
const emoji = /\p{Emoji_Presentation}|\p{Emoji}\ufe0f/u;
const invisible = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;
/** Half-width katakana with a voicing mark, which has a column of its own. */
const halfWidthVoiced = /^.[\uff9e\uff9f]$/;
const plain = /^[\u0020-\u007e]*$/;

/** Columns that a line without escape sequences takes in a terminal: two for CJK and emoji, none for combining marks. */
export function displayWidth(line: string): number {
  if (plain.test(line)) return line.length;
  let width = 0;
  for (const { segment } of segmenter.segment(line)) width += graphemeWidth(segment);
  return width;
}

/** The line, cut with an ellipsis where it is wider than so many columns. */
export function fitToWidth(line: string, columns: number): string {
  if (displayWidth(line) <= columns) return line;
  return `${takeWidth(line, columns - 1)}…`;
}

/** The line in parts of at most so many columns, broken at spaces; each part after the first begins with `indent`. */
export function wrapToWidth(line: string, { columns, indent = "" }: { columns: number; indent?: string }): string[] {
  const parts: string[] = [];
  let rest = line;
  // However narrow the terminal, a character goes with each part.
  const room = Math.max(columns, indent.length + 2);
  while (displayWidth(rest) > room) {
    const taken = takeWidth(rest, room);
    const space = rest.lastIndexOf(" ", taken.length);
    const cut = space > Math.max(indent.length, taken.length / 2) ? space : taken.length;
    parts.push(rest.slice(0, cut).trimEnd());
    rest = indent + rest.slice(cut).trimStart();
  }
  return [...parts, rest];
}

function takeWidth(line: string, columns: number): string {
  let [width, taken] = [0, ""];
  for (const { segment } of segmenter.segment(line)) {
    width += graphemeWidth(segment);
    if (width > columns) break;
    taken += segment;
  }
  return taken;
}

function graphemeWidth(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  if (halfWidthVoiced.test(grapheme)) return 2;
  return wide.test(grapheme) || emoji.test(grapheme) ? 2 : 1;
}
