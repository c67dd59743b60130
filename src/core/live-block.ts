import { displayWidth, fitToWidth, wrapToWidth } from "./display-width.ts";

export type LiveStream = NodeJS.WritableStream & { readonly columns?: number; readonly rows?: number };

/** A few lines at the bottom of a terminal that are drawn over themselves. */
export interface LiveBlock {
  /** The first line is cut to the terminal's width, those below it are broken at spaces. */
  draw(lines: readonly string[]): void;
  /** Takes the block away, for what is written in its place. */
  clear(): void;
  /** Leaves it where it is; what is written next comes below. */
  leave(): void;
}

const clearLine = "\u001b[K";
const clearBelow = "\u001b[J";

/** Each picture is one write over the last one, so that nothing flickers; the cursor stays at its end. */
export function createLiveBlock(stream: LiveStream): LiveBlock {
  let drawn: readonly string[] = [];
  let drawnColumns = 0;
  const columnsNow = (): number => Math.max(10, stream.columns ?? 100);
  // A terminal that became narrower has broken the lines of the last picture: they take more rows now than when they were drawn.
  const toTop = (): string => {
    const columns = columnsNow();
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0);
    return rows > 1 ? `\r\u001b[${rows - 1}A` : "\r";
  };
  return {
    draw(lines) {
      // The last column stays free: a terminal breaks the line there.
      const columns = columnsNow() - 1;
      // Rows that a terminal has broken stay broken in its memory until they are cleared.
      const wipe = drawn.length > 0 && columns !== drawnColumns ? toTop() + clearBelow : toTop();
      const [first = "", ...others] = lines;
      const fitted = [fitToWidth(first, columns), ...others.flatMap((line) => wrapToWidth(line, wrapping(columns)))];
      const shown = fitted.slice(0, Math.max(1, (stream.rows ?? 24) - 2));
      stream.write(`${wipe}${shown.map((line) => line + clearLine).join("\n")}${clearBelow}`);
      drawn = shown;
      drawnColumns = columns;
    },
    clear() {
      if (drawn.length > 0) stream.write(`${toTop()}${clearBelow}`);
      drawn = [];
    },
    leave() {
      if (drawn.length > 0) stream.write("\n");
      drawn = [];
    },
  };
}

function wrapping(columns: number) {
  return { columns, indent: "    " };
}
