import type { TokenPrice } from "../models/index.ts";
import type { CallAllOptions } from "./call-options.ts";
import type { CallQueue } from "./call-queue.ts";
import type { Permit } from "./limiter/limiter.ts";
import { type OpenCall, worstCost } from "./open-call.ts";
import { explainQuotaEnd } from "./provider-errors.ts";
import { shortestQuotaEndMs } from "./retry-policy.ts";

/** Starts calls as limiter and budget allow. */
export interface CallStarter {
  /** Starts what may start now; called whenever something has changed. */
  step(): void;
  /** Starts nothing more. */
  stop(): void;
}

export interface CallStarterOptions<Tag> {
  readonly options: CallAllOptions;
  /** Null for a free model. */
  readonly price: TokenPrice | null;
  readonly queue: CallQueue<Tag>;
  readonly run: (call: OpenCall<Tag>, permit: Permit) => void;
  /** Hands a call out that another process has bought meanwhile; false where none has. */
  readonly settleBought: (call: OpenCall<Tag>) => boolean;
  /** Ends the run. */
  readonly end: (error: unknown) => void;
  readonly state: () => { readonly inFlight: number; readonly open: number; readonly answered: number };
}

/** Longer waits are looked at again: a machine may sleep, and its clock be set. */
const longestTimerMs = 60_000;

export function createCallStarter<Tag>(starter: CallStarterOptions<Tag>): CallStarter {
  const { options, price, queue, run, settleBought, end, state } = starter;
  const { limiter, ledger, budget, model, whenQuotaEnds } = options;
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;

  /** Holds the call's worst cost back; where the budget does not hold it and nothing in flight could give some back, the run is over. */
  const reserve = (call: OpenCall<Tag>): "held" | "bought" | "none" => {
    try {
      if (settleBought(call)) return "bought";
      ledger.assertRoom();
      if (price === null) return "held";
      const worstUsd = worstCost(call.request, price);
      call.reservation = budget.tryReserve(call.identity, worstUsd);
      if (call.reservation !== null) return "held";
      const { inFlight, answered } = state();
      if (inFlight === 0) end(budget.explainStop({ answers: answered, worstUsd }));
    } catch (error) {
      end(error);
    }
    return "none";
  };
  /** A permit, or none where there is no call to make; the milliseconds to wait are null where the end of a call in flight will wake us. */
  const tryStart = (call: OpenCall<Tag>): { readonly permit: Permit | null } | { readonly waitMs: number | null } => {
    const permit = limiter.tryStart(call.size);
    if (permit === null) return { waitMs: limiter.waitMs(call.size) };
    const reserved = reserve(call);
    if (reserved === "held") return { permit };
    limiter.cancelStart(permit);
    return reserved === "bought" ? { permit: null } : { waitMs: null };
  };
  /** Starts retries before new calls; returns how long to wait until there is more to do, null for the end of a call in flight. */
  const startAll = (): number | null => {
    while (!isStopped) {
      const call = queue.peek(Date.now());
      if (call === undefined) return queue.nextDueAt === null ? null : queue.nextDueAt - Date.now();
      const start = tryStart(call);
      if ("waitMs" in start) return start.waitMs;
      queue.take(call);
      if (start.permit !== null) run(call, start.permit);
    }
    return null;
  };
  /** A day's quota has ended, nothing is in flight, and the project would rather stop than wait. */
  const checkQuota = (): void => {
    const { inFlight, open, answered } = state();
    if (whenQuotaEnds !== "stop" || inFlight > 0 || open === 0 || isStopped) return;
    const quotaEnd = limiter.quotaEnd();
    if (quotaEnd === null || quotaEnd.until - Date.now() < shortestQuotaEndMs) return;
    end(explainQuotaEnd(model, quotaEnd, { now: Date.now(), answered }));
  };
  const step = (): void => {
    const waitMs = startAll();
    checkQuota();
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (isStopped || waitMs === null) return;
    timer = setTimeout(step, Math.min(longestTimerMs, Math.max(1, Math.ceil(waitMs))));
  };
  return {
    step,
    stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
