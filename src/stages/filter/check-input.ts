import { availableParallelism } from "node:os";
import {
  besideModule,
  CancelledError,
  type PackedError,
  startWorkerThread,
  unpackError,
  type WorkerThread,
} from "../../core/index.ts";
import { type CheckedChunk, createRowChecker } from "./check-rows.ts";
import type { CheckSetup } from "./check-setup.ts";

interface RowRange {
  readonly from: number;
  /** The row to stop before. */
  readonly to: number;
}

export interface CheckWorkerData {
  readonly setup: CheckSetup;
  readonly range: RowRange;
}

/** What a thread says each time that it is asked to go on. */
export type CheckReply =
  | { readonly kind: "ready"; readonly ruleNames: readonly string[] }
  | { readonly kind: "chunk"; readonly chunk: CheckedChunk }
  | { readonly kind: "error"; readonly error: PackedError }
  | { readonly kind: "end" };

/** The input's rows on their way out of the free rules. */
export interface CheckedInput extends AsyncDisposable {
  readonly ruleNames: readonly string[];
  /** All rows, each once; those of a chunk follow each other, chunks come as they are ready. */
  readonly chunks: AsyncIterable<CheckedChunk>;
}

export interface CheckOptions {
  /** Rows of the input. */
  readonly rows: number;
  readonly signal: AbortSignal;
  /** At most; as many as there are processors where it is left out. */
  readonly threads?: number | undefined;
}

/** A thread takes a tenth of a second to start and memory of its own: it is to have so many rows at least. */
const leastRowsPerThread = 20_000;
const mostThreads = 8;

/**
 * Starts to check all rows with the free rules, on several threads where they are many. Whoever reads the chunks sets the pace: a thread is one
 * chunk ahead at most.
 * @throws ConfigError for a rule of the user's own that cannot be loaded.
 */
export async function checkInput(setup: CheckSetup, options: CheckOptions): Promise<CheckedInput> {
  const { rows, signal, threads = Math.min(availableParallelism(), mostThreads) } = options;
  const count = Math.min(threads, Math.floor(rows / leastRowsPerThread));
  return count <= 1 ? checkHere(setup, { rows, signal }) : checkInThreads(setup, { rows, signal, count });
}

async function checkHere(setup: CheckSetup, { rows, signal }: CheckOptions): Promise<CheckedInput> {
  const { ruleNames, check } = await createRowChecker(setup);
  return {
    ruleNames,
    chunks: untilAborted(check({ from: 0, to: rows }), signal),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function* untilAborted<Item>(items: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  for await (const item of items) {
    if (signal.aborted) throw new CancelledError();
    yield item;
  }
}

type CheckThread = WorkerThread<"next", CheckReply>;

async function checkInThreads(
  setup: CheckSetup,
  { rows, signal, count }: { rows: number; signal: AbortSignal; count: number },
): Promise<CheckedInput> {
  const threads = splitRows(rows, count).map((range, index) => startThread({ setup, range }, index));
  const end = async (): Promise<void> => void (await Promise.all(threads.map((thread) => thread.end())));
  try {
    const ready = await Promise.all(threads.map(ask));
    const [first] = ready;
    if (first?.kind !== "ready") throw new Error("A checking thread began without saying that it is ready");
    return {
      ruleNames: first.ruleNames,
      chunks: untilAborted(gatherChunks(threads), signal),
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function startThread(workerData: CheckWorkerData, index: number): CheckThread {
  return startWorkerThread({
    file: besideModule(import.meta.url, "check-worker"),
    workerData,
    name: `check-${index}`,
    youngMemoryMb: 24,
  });
}

async function ask(thread: CheckThread): Promise<CheckReply> {
  const reply = await thread.ask("next");
  if (reply.kind === "error") throw unpackError(reply.error);
  return reply;
}

/** The chunks of all threads, whichever is ready first; a thread is asked for its next one before this one is handed on. */
async function* gatherChunks(threads: readonly CheckThread[]): AsyncGenerator<CheckedChunk> {
  const asked = new Map(threads.map((thread) => [thread, askFor(thread)]));
  while (asked.size > 0) {
    const { thread, reply } = await Promise.race(asked.values());
    if (reply.kind === "chunk") {
      asked.set(thread, askFor(thread));
      yield reply.chunk;
    } else asked.delete(thread);
  }
}

async function askFor(thread: CheckThread): Promise<{ thread: CheckThread; reply: CheckReply }> {
  return { thread, reply: await ask(thread) };
}

/** Parts that follow each other, as even as can be. */
function splitRows(rows: number, count: number): RowRange[] {
  return Array.from({ length: count }, (_, index) => ({
    from: Math.floor((rows * index) / count),
    to: Math.floor((rows * (index + 1)) / count),
  }));
}
