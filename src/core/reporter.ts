import { styleText } from "node:util";
import { toSafeLine } from "./format.ts";
import { createLiveBlock } from "./live-block.ts";
import { createMeter, type Progress, type ProgressUpdate } from "./progress.ts";
import { describeProgress, formatFields } from "./progress-words.ts";

/** Where a stage says what it does. Everything goes to stderr; stdout is for data. */
export interface Reporter {
  info(message: string): void;
  warn(message: string): void;
  /** What must not be overlooked, e.g. that the offline teacher is used. */
  loud(message: string): void;
  /** Cheap enough to be called for every row. */
  progress(update: ProgressUpdate): void;
  /** The last progress said, or null. */
  readonly latest: Progress | null;
  /** Ends the live line, if there is one. */
  end(): void;
}

export interface ReporterOptions {
  /** The word before each line, e.g. the stage's name. */
  readonly label: string;
  readonly stream?: NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };
  readonly isLive?: boolean;
  readonly now?: () => number;
  /** Told of each progress, at most every `intervalMs`, e.g. to write progress.json. */
  readonly onProgress?: (progress: Progress) => void;
}

const longestLine = 4_000;
const liveIntervalMs = 100;
const lineIntervalMs = 5_000;
const callbackIntervalMs = 500;

/** A live block in a terminal; without one a line of `key=value` every five seconds. */
export function createReporter(options: ReporterOptions): Reporter {
  const { label, stream = process.stderr, now = Date.now, onProgress } = options;
  const isLive = options.isLive ?? stream.isTTY === true;
  const meter = createMeter(now);
  let latest: Progress | null = null;
  let shownAt = Number.NEGATIVE_INFINITY;
  let toldAt = Number.NEGATIVE_INFINITY;
  const block = createLiveBlock(stream);

  const writeLine = (message: string): void => {
    if (isLive) block.clear();
    stream.write(`${message}\n`);
  };
  const show = (progress: Progress): void => {
    if (!isLive) {
      writeLine(`${label}: ${formatFields(progress)}`);
      return;
    }
    const { notes = [] } = progress;
    // The notes say what they say of detail and cost at length.
    const head = describeProgress(notes.length === 0 ? progress : { ...progress, detail: "", costUsd: 0 });
    block.draw([`${label}: ${head}`, ...notes].map((line) => toSafeLine(line, longestLine)));
  };
  const flush = (): void => {
    if (latest !== null && onProgress !== undefined) onProgress(latest);
  };

  return {
    get latest() {
      return latest;
    },
    info: (message) => writeLine(`${label}: ${safe(message)}`),
    warn: (message) => writeLine(`${label}: ${paint("yellow", "warning:")} ${safe(message)}`),
    loud: (message) => writeLine(`${label}: ${paint(["bold", "yellow"], safe(message))}`),
    progress(update) {
      const isFirst = latest === null;
      latest = meter(update, latest);
      const isFinal = update.total !== null && update.done >= update.total;
      const at = now();
      if (onProgress !== undefined && (isFirst || isFinal || at - toldAt >= callbackIntervalMs)) {
        toldAt = at;
        flush();
      }
      const intervalMs = isLive ? liveIntervalMs : lineIntervalMs;
      if (at - shownAt < intervalMs && !(isFinal && isLive)) return;
      shownAt = at;
      show(latest);
    },
    end() {
      flush();
      block.leave();
    },
  };

  function paint(style: Parameters<typeof styleText>[0], text: string): string {
    return isLive ? styleText(style, text) : text;
  }
}

/** Messages quote names and texts of other people's making. */
function safe(message: string): string {
  return toSafeLine(message, longestLine);
}
