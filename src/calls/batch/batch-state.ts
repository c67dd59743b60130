import type { CallState } from "../call-state.ts";
import { createStateReader, type RunCounters } from "../run-counters.ts";
import type { CallingOptions } from "./batch-options.ts";
import { describeBatches } from "./batch-words.ts";
import type { OpenBatch } from "./open-batch.ts";

interface StateSources {
  /** Of batches and real time together. */
  readonly counters: RunCounters;
  readonly readBatches: () => readonly OpenBatch[];
  /** Null where nothing was asked in real time yet. */
  readonly readRealtime: () => CallState | null;
}

/** Tells, whenever it is asked, where a run by batch is. */
export function createBatchStateReader(
  options: CallingOptions,
  { counters, readBatches, readRealtime }: StateSources,
): () => CallState {
  const { host } = new URL(options.model.origin);
  const readOwn = createStateReader(counters, options, () => ({ inFlight: 0, waiting: 0, refused: 0 }));
  return () => {
    const open = readBatches().map((batch) => ({ ...batch, calls: batch.row.calls }));
    const state = { ...readOwn(), batches: describeBatches(host, open), limiter: "" };
    const realtime = readRealtime();
    if (realtime === null) return state;
    const { inFlight, waiting, limiter } = realtime;
    const maybePaidTwice = Math.max(state.maybePaidTwice, realtime.maybePaidTwice);
    return { ...state, inFlight, waiting, limiter, maybePaidTwice };
  };
}
