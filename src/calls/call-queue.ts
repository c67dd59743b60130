import type { OpenCall } from "./open-call.ts";

/** Calls that wait for their start: new ones in their order, and retries by the time they are due. */
export interface CallQueue<Tag> {
  /** New calls that wait. */
  readonly ready: number;
  /** Retries that wait, and those of them that were refused. */
  readonly retries: number;
  readonly refused: number;
  add(call: OpenCall<Tag>): void;
  /** By its `dueAt`. */
  addRetry(call: OpenCall<Tag>): void;
  /** What is to start next: a retry that is due, or else a new call. */
  peek(now: number): OpenCall<Tag> | undefined;
  /** Takes what `peek` returned. */
  take(call: OpenCall<Tag>): void;
  /** When the next retry is due; null where there is none. */
  readonly nextDueAt: number | null;
}

export function createCallQueue<Tag>(): CallQueue<Tag> {
  const ready: OpenCall<Tag>[] = [];
  const retries: OpenCall<Tag>[] = [];
  let refused = 0;
  return {
    get ready() {
      return ready.length;
    },
    get retries() {
      return retries.length;
    },
    get refused() {
      return refused;
    },
    add: (call) => ready.push(call),
    addRetry(call) {
      const place = retries.findLastIndex(({ dueAt }) => dueAt <= call.dueAt) + 1;
      retries.splice(place, 0, call);
      if (call.wasRefused) refused++;
    },
    peek(now) {
      const [retry] = retries;
      return retry !== undefined && retry.dueAt <= now ? retry : ready[0];
    },
    take(call) {
      if (retries[0] !== call) {
        ready.shift();
        return;
      }
      retries.shift();
      if (call.wasRefused) refused--;
    },
    get nextDueAt() {
      return retries[0]?.dueAt ?? null;
    },
  };
}
