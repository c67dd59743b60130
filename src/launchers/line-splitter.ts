import { StringDecoder } from "node:string_decoder";

export interface OutputLine {
  readonly text: string;
  /** Ended by a bare carriage return: a progress bar, which the next line overwrites. */
  readonly isLive: boolean;
}

/** A line longer than this is cut into several, so that output without line ends cannot fill the memory. */
const maxLineLength = 16_384;

/** Cuts a stream of bytes into lines; `end` gives what was left without a line's end. */
export function createLineSplitter(onLine: (line: OutputLine) => void): { push(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string): void => {
    rest += text;
    for (;;) {
      const match = /\r?\n|\r(?=[^\n])/.exec(rest);
      if (match === null) break;
      onLine({ text: rest.slice(0, match.index), isLive: match[0] === "\r" });
      rest = rest.slice(match.index + match[0].length);
    }
    while (rest.length > maxLineLength) {
      onLine({ text: rest.slice(0, maxLineLength), isLive: false });
      rest = rest.slice(maxLineLength);
    }
  };
  return {
    push: (chunk) => take(decoder.write(chunk)),
    end() {
      take(decoder.end());
      if (rest !== "") onLine({ text: rest.replace(/\r$/, ""), isLive: rest.endsWith("\r") });
      rest = "";
    },
  };
}
