import { Worker } from "node:worker_threads";
import { NexaError } from "../core/index.ts";
import type { ChatMessage, Checkpoint, Decoder, GenerateOptions, Generation } from "../student/index.ts";

/** What a thread is given of a student: all but its functions, which it makes anew. */
export type DecoderWorkerData = Pick<Checkpoint, "config" | "weights" | "parameters" | "files">;

export interface DecoderRequest {
  readonly messages: readonly ChatMessage[];
  readonly options: Omit<GenerateOptions, "signal">;
}

/** A generation, or why the conversation cannot be answered. */
export type DecoderReply = { readonly generation: Generation } | { readonly refusal: string };

/** Conversations that are worked on at once. */
export const decoderThreads = 2;

/** A decoder whose threads start with the first conversation and end with the decoder. */
export interface ThreadedDecoder extends Decoder, AsyncDisposable {}

/**
 * Like createDecoder, with the same answers, on threads of its own. A conversation outside the student's vocabulary or context is a
 * NexaError here too.
 */
export function createThreadedDecoder({ config, weights, parameters, files }: Checkpoint): ThreadedDecoder {
  let threads: readonly DecoderThread[] | null = null;
  return {
    async generate(messages, { signal, ...options } = {}) {
      signal?.throwIfAborted();
      threads ??= Array.from({ length: decoderThreads }, () => startThread({ config, weights, parameters, files }));
      const [idlest] = threads.toSorted((a, b) => a.waiting - b.waiting);
      const reply = await (idlest as DecoderThread).ask({ messages, options });
      if ("generation" in reply) return reply.generation;
      throw new NexaError(reply.refusal, { code: "student_data" });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all((threads ?? []).map((thread) => thread.end()));
    },
  };
}

interface DecoderThread {
  /** Requests without a reply. */
  readonly waiting: number;
  ask(request: DecoderRequest): Promise<DecoderReply>;
  end(): Promise<void>;
}

/** A thread that dies fails the requests under way and every later one. */
function startThread(workerData: DecoderWorkerData): DecoderThread {
  const file = new URL(
    import.meta.url.endsWith(".ts") ? "./decoder-worker.ts" : "./decoder-worker.js",
    import.meta.url,
  );
  // No flags from the command line: --eval and its like are not for a thread with a file of its own.
  const worker = new Worker(file, { workerData, name: "decoder", execArgv: [] });
  const waiting: PromiseWithResolvers<DecoderReply>[] = [];
  let failure: unknown;
  function fail(error: unknown): void {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  }
  worker.on("message", (reply: DecoderReply) => waiting.shift()?.resolve(reply));
  worker.on("error", fail);
  worker.on("exit", (code) => fail(new Error(`An answering thread ended by itself with code ${code}.`)));
  return {
    get waiting() {
      return waiting.length;
    },
    async ask(request) {
      if (failure !== undefined) throw failure;
      const reply = Promise.withResolvers<DecoderReply>();
      waiting.push(reply);
      worker.postMessage(request);
      return reply.promise;
    },
    async end() {
      await worker.terminate();
    },
  };
}
