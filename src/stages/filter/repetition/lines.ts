/** What a line is, as far as repetition in it means anything; a row of a table has its cells between bars, or between tabs. */
export type LineKind = "prose" | "table" | "code";

export interface Line {
  /** First code unit that is not white space. */
  readonly from: number;
  /** Code unit behind the last one that is not white space. */
  readonly to: number;
  readonly kind: LineKind;
}

/** The lines of a text that are not blank, without their indent; fences of code are left out and what they hold is code. */
export function* linesOf(text: string): Generator<Line> {
  let isInFence = false;
  // Looked for once per tab, not once per line: a text without any is searched through once.
  let tab = text.indexOf("\t");
  for (let start = 0; start < text.length; ) {
    const lineEnd = text.indexOf("\n", start);
    let to = lineEnd === -1 ? text.length : lineEnd;
    let from = start;
    start = to + 1;
    while (from < to && text.charCodeAt(from) <= 0x20) from++;
    while (to > from && text.charCodeAt(to - 1) <= 0x20) to--;
    if (from === to) continue;
    if (text.startsWith("```", from) || text.startsWith("~~~", from)) isInFence = !isInFence;
    else {
      while (tab !== -1 && tab < from) tab = text.indexOf("\t", from);
      const isTableRow = text.charCodeAt(from) === 0x7c || (tab !== -1 && tab < to);
      yield { from, to, kind: isInFence ? "code" : isTableRow ? "table" : "prose" };
    }
  }
}

/** Whether a text is code though no fence says so: a quarter of its lines end as those of many programming languages do. */
export function isMostlyCode(text: string): boolean {
  let lines = 0;
  let codeLines = 0;
  for (const { to } of linesOf(text)) {
    lines++;
    if (";{}(),[]".includes(text.charAt(to - 1))) codeLines++;
  }
  return codeLines * 4 >= lines && lines > 3;
}
