import type { ModelLocation, ResolvedModel } from "../models/index.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { type Account, createAccount } from "./limiter/account.ts";
import { createModelLimiter, type Limiter } from "./limiter/limiter.ts";
import {
  type LimiterNote,
  readAccountNote,
  readLimiterNote,
  writeAccountNote,
  writeLimiterNote,
} from "./limiter/limiter-note.ts";

/** One limiter per model, and one account per key: teacher and judge at one server share what it takes. */
export interface ProjectLimiters {
  /** The same one for all calls of a model. */
  limiterFor(model: ResolvedModel): Limiter;
  /** Keeps what was learnt, so that the next run starts at speed; cheap enough to be called often. */
  save(): void;
}

export interface ProjectLimitersOptions {
  readonly ledger: Ledger;
  /** Calls in flight at the start, where nothing is known yet. */
  readonly start: number;
  /** Most calls in flight at one account. */
  readonly max: number;
  readonly now?: () => number;
}

export function createProjectLimiters({ ledger, start, max, now = Date.now }: ProjectLimitersOptions): ProjectLimiters {
  const accounts = new Map<string, Account>();
  const limiters = new Map<string, Limiter>();
  const saved = new Map<string, string>();

  const accountFor = (model: ResolvedModel): Account => {
    const key = accountKey(model);
    const most = Math.min(max, model.limits.concurrency ?? max, model.maxConcurrency ?? max);
    const noted = readAccountNote(ledger.readNote(key), now());
    const first = model.maxConcurrency ?? model.limits.concurrency ?? Math.max(start, noted ?? 0);
    const account = accounts.get(key) ?? createAccount({ start: first, max: most, now });
    accounts.set(key, account);
    return account;
  };
  const createFor = (model: ResolvedModel): Limiter => {
    if (model.isLocal) return createModelLimiter(accountFor(model));
    return createModelLimiter(accountFor(model), {
      limits: model.limits,
      usedToday: model.limits.requestsPerDay === null ? 0 : countToday(ledger, { model, now: now() }),
      note: readLimiterNote(ledger.readNote(limiterKey(model)), now()),
      startsAlone: true,
    });
  };
  const save = (key: string, text: (at: number) => string): void => {
    // The time alone is no news.
    const news = text(0);
    if (saved.get(key) === news) return;
    saved.set(key, news);
    ledger.writeNote(key, text(now()));
  };
  return {
    limiterFor(model) {
      const key = limiterKey(model);
      const limiter = limiters.get(key) ?? createFor(model);
      limiters.set(key, limiter);
      return limiter;
    },
    save() {
      for (const [key, limiter] of limiters) {
        if (limiter.hasAnswered && !isLocalKey(key)) save(key, (at) => writeLimiterNote(limiter.note(), at));
      }
      for (const [key, { concurrency }] of accounts) {
        // A number that changes with every answer is not written with every look.
        if (!isLocalKey(key)) save(key, (at) => writeAccountNote(roundPlaces(concurrency.places), at));
      }
    },
  };
}

const localOrigin = "nexa:";

/** The variable's name stands for the key, which is nowhere but in the environment. */
function accountKey({ origin, keyEnv, isLocal, identity }: ResolvedModel): string {
  return isLocal ? `account ${localOrigin} ${identity}` : `account ${origin} ${keyEnv ?? ""}`;
}

/** What earlier runs have learnt of a model's limits, for plans; null where that is nothing. */
export function readLearntLimits(
  ledger: Ledger,
  { model, now = Date.now() }: { model: ModelLocation; now?: number },
): LimiterNote | null {
  return readLimiterNote(ledger.readNote(limiterKey(model)), now);
}

function limiterKey(model: ModelLocation): string {
  return `limiter ${model.isLocal ? localOrigin : model.origin} ${model.keyEnv ?? ""} ${model.provider} ${model.identity}`;
}

function isLocalKey(key: string): boolean {
  return key.split(" ")[1] === localOrigin;
}

function roundPlaces(places: number): number {
  return places < 16 ? places : Math.round(places / 8) * 8;
}

function countToday(ledger: Ledger, { model, now }: { model: ResolvedModel; now: number }): number {
  const since = new Date(now);
  since.setUTCHours(0, 0, 0, 0);
  return ledger.countCalls({ origin: model.origin, model: model.identity, since });
}
