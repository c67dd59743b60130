import { styleText } from "node:util";
import { formatCount, formatDuration, formatUsd, toSafeLine } from "./format.ts";

/** How far a piece of work is. */
export interface Progress {
  /** Units finished, those of earlier runs included. */
  readonly done: number;
  /** Units in all, or null while unknown. */
  readonly total: number | null;
  /** Units a second in this run, or null before the first. */
  readonly ratePerSecond: number | null;
  readonly etaSeconds: number | null;
  /** Dollars spent so far, in this and earlier runs. */
  readonly costUsd: number;
  /** A few words on what is going on, e.g. "loss 0.31". */
  readonly detail: string;
  /** Further lines for a terminal's block, e.g. the limiter's state. */
  readonly notes?: readonly string[];
}

export interface ProgressUpdate {
  readonly done: number;
  readonly total: number | null;
  readonly costUsd?: number;
  readonly detail?: string;
  readonly notes?: readonly string[];
}

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
  readonly stream?: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  readonly isLive?: boolean;
  readonly now?: () => number;
  /** Told of each progress, at most every `intervalMs`, e.g. to write progress.json. */
  readonly onProgress?: (progress: Progress) => void;
}

const liveIntervalMs = 100;
const lineIntervalMs = 5_000;
const callbackIntervalMs = 500;

/** A live line in a terminal; without one a plain line every five seconds. */
export function createReporter(options: ReporterOptions): Reporter {
  const { label, stream = process.stderr, now = Date.now, onProgress } = options;
  const isLive = options.isLive ?? stream.isTTY === true;
  const meter = createMeter(now);
  let latest: Progress | null = null;
  let shownAt = Number.NEGATIVE_INFINITY;
  let toldAt = Number.NEGATIVE_INFINITY;
  let isLineOpen = false;

  const clearLine = (): void => {
    if (isLineOpen) stream.write("\r\u001b[2K");
    isLineOpen = false;
  };
  const writeLine = (message: string): void => {
    clearLine();
    stream.write(`${message}\n`);
  };
  const show = (progress: Progress): void => {
    const text = `${label}: ${describeProgress(progress)}`;
    if (isLive) stream.write(`\r\u001b[2K${toSafeLine(text, (stream.columns ?? 100) - 1)}`);
    else writeLine(text);
    isLineOpen = isLive;
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
      if (isLineOpen) stream.write("\n");
      isLineOpen = false;
    },
  };

  function paint(style: Parameters<typeof styleText>[0], text: string): string {
    return isLive ? styleText(style, text) : text;
  }
}

/** Messages quote names and texts of other people's making. */
function safe(message: string): string {
  return toSafeLine(message, 4_000);
}

/** "1,200 / 6,000 (20.0%), 431/s, 11 s left, $0.02, detail" with what is known. */
export function describeProgress(progress: Progress): string {
  const { done, total, ratePerSecond, etaSeconds, costUsd, detail } = progress;
  const parts = [
    total === null ? formatCount(done) : `${formatCount(done)} / ${formatCount(total)} (${percentOf(done, total)})`,
  ];
  if (ratePerSecond !== null) parts.push(`${formatRate(ratePerSecond)}/s`);
  if (etaSeconds !== null && done !== total) parts.push(`${formatDuration(etaSeconds)} left`);
  if (costUsd > 0) parts.push(formatUsd(costUsd));
  if (detail !== "") parts.push(detail);
  return parts.join(", ");
}

function percentOf(done: number, total: number): string {
  return total === 0 ? "100%" : `${((100 * done) / total).toFixed(1)}%`;
}

function formatRate(rate: number): string {
  return rate >= 100 ? formatCount(Math.round(rate)) : rate.toFixed(1);
}

/** Rate over what this run did, so that a resumed run does not count the past as speed. */
function createMeter(now: () => number): (update: ProgressUpdate, previous: Progress | null) => Progress {
  let firstDone = 0;
  let firstAt = 0;
  return (update, previous) => {
    const at = now();
    if (previous === null || update.done < firstDone) {
      firstDone = update.done;
      firstAt = at;
    }
    const seconds = (at - firstAt) / 1000;
    const finished = update.done - firstDone;
    const ratePerSecond = finished > 0 && seconds > 0 ? finished / seconds : null;
    const remaining = update.total === null ? null : update.total - update.done;
    return {
      done: update.done,
      total: update.total,
      ratePerSecond,
      etaSeconds: remaining === null || ratePerSecond === null ? null : remaining / ratePerSecond,
      costUsd: update.costUsd ?? previous?.costUsd ?? 0,
      detail: update.detail ?? previous?.detail ?? "",
      ...(update.notes === undefined ? {} : { notes: update.notes }),
    };
  };
}
