import { describeProgress, toSafeLine } from "../core/index.ts";
import type { ProgressRecord } from "./job-folder.ts";

/** Where a wrapped job is shown: its lines, and below them one line that is drawn again and again. */
export interface Pane {
  line(text: string): void;
  /** Replaces the live line; nothing in what is not a terminal. */
  live(text: string): void;
  end(): void;
}

export type PaneStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

/** A pane on a terminal or a plain stream; one that went away is no error. */
export function createPane(stream: PaneStream = process.stdout): Pane {
  stream.on("error", () => undefined);
  const isTerminal = stream.isTTY === true;
  let live = "";
  const draw = (): string => (live === "" ? "" : toSafeLine(live, Math.max(10, (stream.columns ?? 80) - 1)));
  return {
    line(text) {
      const line = toSafeLine(text, 8_000);
      stream.write(isTerminal ? `\r\u001b[2K${line}\r\n${draw()}` : `${line}\n`);
    },
    live(text) {
      if (!isTerminal || text === live) return;
      live = text;
      stream.write(`\r\u001b[2K${draw()}`);
    },
    end() {
      if (isTerminal && live !== "") stream.write("\r\u001b[2K");
      live = "";
    },
  };
}

/** "train [#######-------------] 1,200 / 6,000 (20.0%), 431/s, 11 s left". */
export function formatLiveLine(name: string, progress: ProgressRecord): string {
  const share = progress.total === null || progress.total === 0 ? null : Math.min(1, progress.done / progress.total);
  const bar = share === null ? "" : ` [${"#".repeat(Math.round(share * barWidth)).padEnd(barWidth, "-")}]`;
  const isBlank = progress.done === 0 && progress.total === null;
  return `${name}${bar} ${isBlank ? progress.detail || "..." : describeProgress(progress)}`;
}

const barWidth = 20;
