import type { CallState } from "../calls/call-state.ts";
import type { ModelAnswer } from "../calls/index.ts";
import { createMovingRate, type Reporter } from "../core/index.ts";
import { describeState, lastUpdate } from "./call-progress-words.ts";
import { type CallSummary, describeCallSummary, explainBudgetEnd } from "./call-summary.ts";
import { CallTally } from "./call-tally.ts";
import type { EarlyEstimate } from "./early-estimate.ts";

export { type CallSummary, describeCallSummary, type FailureGroup } from "./call-summary.ts";

export interface CallListeners {
  readonly onState: (read: () => CallState) => void;
  readonly onWarning: (warning: string) => void;
  readonly onNote: (note: string) => void;
}

export interface CallProgressOptions {
  /** Rows that are to be answered. */
  readonly total: number;
  /** A word or two on what the calls are for, where the stage's name does not say it, e.g. "judging". */
  readonly label?: string;
  /** What is answered, "rows" unless said otherwise. */
  readonly unit?: string;
  /** Told of the answers that are bought, for a word on the cost after the first of them. */
  readonly early?: EarlyEstimate | null;
  readonly now?: () => number;
}

/** Shows how far a run of calls is, and sums up what it came to. */
export interface CallProgress {
  /** callAll's options of these names: the run's state for the block, warnings and notes as lines. */
  readonly listeners: CallListeners;
  /** To be told of every answer, once for each row. */
  saw(answer: ModelAnswer<unknown>): void;
  /** That so many more are to be answered than was known at first. */
  expect(more: number): void;
  /** Ends the block; what it came to. May be called again. */
  end(): CallSummary;
  /** For a run that ended early: ends the block, says what it came to, and returns the error to throw. */
  explainEnd(error: unknown): unknown;
}

const redrawMs = 250;

/** A block in a terminal and lines without one, redrawn by a clock of its own, so that a wait is seen as one. */
export function createCallProgress(reporter: Reporter, options: CallProgressOptions): CallProgress {
  const { total, label = "", unit = "rows", early = null, now = Date.now } = options;
  const startedAt = now();
  const tally = new CallTally();
  const rates = { calls: createMovingRate({ now }), tokens: createMovingRate({ now }) };
  const states = createStates();
  let wanted = total;
  let summary: CallSummary | null = null;

  const show = (): void => {
    const state = states.read() ?? tally.asState();
    rates.calls.observe(tally.asked);
    rates.tokens.observe(state.promptTokens + state.completionTokens);
    const speed = { calls: rates.calls.perSecond(), tokens: rates.tokens.perSecond() };
    reporter.progress(describeState({ tally, state, speed, total: wanted, label }));
  };
  const timer = setInterval(show, redrawMs);
  timer.unref();

  const end = (): CallSummary => {
    if (summary !== null) return summary;
    clearInterval(timer);
    const state = states.read() ?? tally.asState();
    summary = tally.sumUp(state, { wanted, seconds: (now() - startedAt) / 1000 });
    reporter.progress(lastUpdate({ tally, summary, total: wanted }));
    return summary;
  };
  return {
    listeners: {
      onState: states.add,
      onWarning: (warning) => reporter.warn(warning),
      onNote: (note) => reporter.info(note),
    },
    saw(answer) {
      tally.add(answer);
      const { isFromLedger, completionTokens } = answer;
      if (!isFromLedger && completionTokens !== null) early?.saw(completionTokens);
    },
    expect(more) {
      wanted += more;
    },
    end,
    explainEnd(error) {
      const got = end();
      if (got.bought > 0 || got.failed > 0) for (const line of describeCallSummary(got, unit)) reporter.info(line);
      return explainBudgetEnd(error, { summary: got, unit });
    },
  };
}

/** The state over several runs of calls, one after another: their sums, and the last one's present. */
function createStates() {
  const readers: (() => CallState)[] = [];
  return {
    add: (read: () => CallState): void => void readers.push(read),
    read(): CallState | null {
      const all = readers.map((read) => read());
      const last = all.at(-1);
      if (last === undefined) return null;
      const sum = (key: keyof CallState): number => all.reduce((total, state) => total + Number(state[key]), 0);
      const sums = { costUsd: sum("costUsd"), promptTokens: sum("promptTokens") };
      // Each counts what the ledger says since its own start: the largest holds the others.
      const maybePaidTwice = Math.max(...all.map((state) => state.maybePaidTwice));
      return { ...last, ...sums, completionTokens: sum("completionTokens"), maybePaidTwice };
    },
  };
}
