import type { ChatRequest, ProtocolName } from "./contract.ts";

/** How a batch can end. */
export type BatchEnd = "completed" | "failed" | "expired" | "cancelled";
export type BatchStage = "validating" | "in_progress" | "finalizing" | "cancelling" | BatchEnd;

export interface BatchPlan {
  /** From its creation to its end. */
  readonly ms: number;
  /** Part of the lines that are answered before the end, 0 to 1. */
  readonly doneShare: number;
  readonly end: "completed" | "expired" | "failed";
  /** Between a cancellation and its end. */
  readonly cancelMs: number;
}

export interface BatchLine {
  readonly customId: string;
  readonly request: ChatRequest;
  /** As it came, with which a fault is drawn. */
  readonly text: string;
}

/** What became of a line. `body` is as the batch's API writes it. */
export type LineOutcome =
  | { readonly kind: "answered"; readonly body: unknown }
  | { readonly kind: "refused"; readonly status: number; readonly body: unknown }
  | { readonly kind: "expired" | "cancelled" };

export interface ValidationError {
  readonly code: string;
  readonly message: string;
  /** 1-based. */
  readonly line: number | null;
  readonly param: string | null;
}

export interface BatchRecord {
  readonly id: string;
  readonly protocol: ProtocolName;
  readonly lines: readonly BatchLine[];
  readonly validationErrors: readonly ValidationError[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly plan: BatchPlan;
  /** Milliseconds, by this server's clock. */
  readonly createdAt: number;
  readonly outcomes: ReadonlyMap<string, LineOutcome>;
  readonly stage: BatchStage;
  /** When each stage was reached. */
  readonly reachedAt: Partial<Readonly<Record<BatchStage, number>>>;
}

export interface NewBatch {
  readonly id: string;
  readonly protocol: ProtocolName;
  readonly lines: readonly BatchLine[];
  readonly validationErrors?: readonly ValidationError[];
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface BatchBoardOptions {
  readonly planOf: (batch: { index: number; lines: number; metadata: Readonly<Record<string, string>> }) => BatchPlan;
  readonly runLine: (line: BatchLine, batch: BatchRecord) => LineOutcome;
  readonly now: () => number;
}

/** All batches of a server. What time has done to them is caught up whenever somebody looks. */
export interface BatchBoard {
  add(batch: NewBatch): BatchRecord;
  get(id: string): BatchRecord | null;
  /** The newest first. */
  list(protocol?: ProtocolName): readonly BatchRecord[];
  cancel(batch: BatchRecord): void;
  /** Moves each one that has not ended to its next stage. */
  advance(): void;
}

const ends: readonly BatchStage[] = ["completed", "failed", "expired", "cancelled"];

/** Parts of a batch's time at which it leaves a stage. */
const validatedAt = 0.1;
const finalizingAt = 0.9;
/** Where `advance` puts a batch that is at one stage, so that it is in the next. */
const advanceTo: Partial<Readonly<Record<BatchStage, number>>> = { validating: 0.5, in_progress: 0.95, finalizing: 1 };

interface Running {
  readonly record: Writable<BatchRecord>;
  readonly outcomes: Map<string, LineOutcome>;
  readonly reachedAt: Partial<Record<BatchStage, number>>;
  /** Part of its time that `advance` has let pass. */
  advanced: number;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export function createBatchBoard({ planOf, runLine, now }: BatchBoardOptions): BatchBoard {
  const running = new Map<string, Running>();
  const hasEnded = ({ record }: Running): boolean => ends.includes(record.stage);
  const enter = ({ record, reachedAt }: Running, stage: BatchStage): void => {
    record.stage = stage;
    reachedAt[stage] = now();
  };

  const runUpTo = ({ record, outcomes }: Running, count: number): void => {
    for (const line of record.lines.slice(outcomes.size, count)) outcomes.set(line.customId, runLine(line, record));
  };
  const giveUpRest = ({ record, outcomes }: Running, kind: "expired" | "cancelled"): void => {
    for (const { customId } of record.lines.slice(outcomes.size)) outcomes.set(customId, { kind });
  };

  const work = (batch: Running, part: number): void => {
    const { record } = batch;
    const { doneShare, end } = record.plan;
    if (record.stage === "validating" && part >= validatedAt) {
      enter(batch, record.validationErrors.length > 0 ? "failed" : "in_progress");
      if (hasEnded(batch)) return;
    }
    const worked = Math.min(1, Math.max(0, (part - validatedAt) / (finalizingAt - validatedAt)));
    runUpTo(batch, Math.floor(record.lines.length * doneShare * worked));
    if (record.stage === "in_progress" && part >= finalizingAt) enter(batch, "finalizing");
    if (part < 1) return;
    if (end === "completed") runUpTo(batch, record.lines.length);
    if (end === "expired") giveUpRest(batch, "expired");
    enter(batch, end);
  };

  const catchUp = (batch: Running): BatchRecord => {
    const { record, reachedAt } = batch;
    if (hasEnded(batch)) return record;
    if (record.stage === "cancelling") {
      const cancelledFor = now() - (reachedAt.cancelling ?? 0);
      if (batch.advanced < 1 && cancelledFor < record.plan.cancelMs) return record;
      giveUpRest(batch, "cancelled");
      enter(batch, "cancelled");
      return record;
    }
    const { ms } = record.plan;
    const passed = ms === 0 ? 1 : (now() - record.createdAt) / ms;
    work(batch, Math.max(passed, batch.advanced));
    return record;
  };

  return {
    add({ validationErrors = [], metadata = {}, ...batch }) {
      const plan = planOf({ index: running.size, lines: batch.lines.length, metadata });
      const outcomes = new Map<string, LineOutcome>();
      const reachedAt: Partial<Record<BatchStage, number>> = { validating: now() };
      const times = { createdAt: now(), reachedAt };
      const record: Writable<BatchRecord> = {
        ...batch,
        validationErrors,
        metadata,
        plan,
        outcomes,
        stage: "validating",
        ...times,
      };
      running.set(record.id, { record, outcomes, reachedAt, advanced: 0 });
      return record;
    },
    get(id) {
      const batch = running.get(id);
      return batch === undefined ? null : catchUp(batch);
    },
    list(protocol) {
      const records = [...running.values()].map(catchUp).toReversed();
      return protocol === undefined ? records : records.filter((record) => record.protocol === protocol);
    },
    cancel({ id }) {
      const batch = running.get(id);
      if (batch === undefined || hasEnded(batch)) return;
      batch.advanced = 0;
      enter(batch, "cancelling");
    },
    advance() {
      for (const batch of running.values()) {
        batch.advanced = batch.record.stage === "cancelling" ? 1 : (advanceTo[batch.record.stage] ?? 1);
        catchUp(batch);
      }
    },
  };
}
