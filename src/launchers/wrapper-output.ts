import type { ChildProcess } from "node:child_process";
import { createLineSplitter } from "./line-splitter.ts";
import type { LogFile } from "./log-file.ts";
import type { Pane } from "./pane.ts";

/** What a wrapped job and its wrapper say: whole lines to the log and the pane, progress bars to the pane alone. */
export interface Output {
  /** A line of the wrapper's own. */
  say(text: string): void;
  attach(child: ChildProcess): void;
  /** The last line on stderr that is an error by its first word, or else the last one. */
  readonly lastError: string | null;
}

/** "error: no rows", "TypeError: ..." of Node, "ValueError: ..." of Python: lines that stand before hints and versions. */
const namedError = /^(?:error: (?<message>.+)|[A-Z]\w*Error: .+)$/;

export function createOutput({
  log,
  pane,
  redact,
}: {
  log: LogFile;
  pane: Pane | undefined;
  redact: (text: string) => string;
}): Output {
  let lastLine: string | null = null;
  let lastNamed: string | null = null;
  let isLogFailing = false;
  const say = (text: string): void => {
    pane?.line(text);
    const isWritten = log.write(text);
    if (!isWritten && !isLogFailing)
      pane?.line("The log cannot be written (is the disk full?); the job goes on without it.");
    isLogFailing = !isWritten;
  };
  const remember = (line: string): void => {
    if (line !== "") lastLine = line;
    const named = namedError.exec(line);
    if (named !== null) lastNamed = named.groups?.message ?? line;
  };
  const splitter = (isError: boolean) =>
    createLineSplitter(({ text, isLive }) => {
      const line = redact(text);
      if (isLive) return pane?.live(line);
      if (isError) remember(line.trim());
      say(line);
    });
  return {
    say,
    attach(child) {
      for (const [stream, isError] of [
        [child.stdout, false],
        [child.stderr, true],
      ] as const) {
        const lines = splitter(isError);
        stream?.on("data", (chunk: Buffer) => lines.push(chunk));
        stream?.on("close", () => lines.end());
      }
    },
    get lastError() {
      return lastNamed ?? lastLine;
    },
  };
}
