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
  /** Further lines for a terminal's block, in the place of cost and detail. */
  readonly notes?: readonly string[];
  /** Further values for the lines written without a terminal, by snake_case name. */
  readonly fields?: ProgressFields;
}

export type ProgressFields = Readonly<Record<string, string | number>>;

export interface ProgressUpdate {
  readonly done: number;
  readonly total: number | null;
  /** Measured by the reporter, over this run, where it is left out; so is `etaSeconds`. */
  readonly ratePerSecond?: number | null;
  readonly etaSeconds?: number | null;
  readonly costUsd?: number;
  readonly detail?: string;
  readonly notes?: readonly string[];
  readonly fields?: ProgressFields;
}

/** Rate over what this run did, so that a resumed run does not count the past as speed. */
export function createMeter(now: () => number): (update: ProgressUpdate, previous: Progress | null) => Progress {
  let firstDone = 0;
  let firstAt = 0;
  return (update, previous) => {
    const at = now();
    if (previous === null || update.done < firstDone) {
      firstDone = update.done;
      firstAt = at;
    }
    const { done, total, notes, fields } = update;
    const seconds = (at - firstAt) / 1000;
    const finished = done - firstDone;
    const measured = finished > 0 && seconds > 0 ? finished / seconds : null;
    const ratePerSecond = update.ratePerSecond === undefined ? measured : update.ratePerSecond;
    const left =
      total === null || ratePerSecond === null || ratePerSecond === 0 ? null : (total - done) / ratePerSecond;
    return {
      done,
      total,
      ratePerSecond,
      etaSeconds: update.etaSeconds === undefined ? left : update.etaSeconds,
      costUsd: update.costUsd ?? previous?.costUsd ?? 0,
      detail: update.detail ?? previous?.detail ?? "",
      ...(notes === undefined ? {} : { notes }),
      ...(fields === undefined ? {} : { fields }),
    };
  };
}
