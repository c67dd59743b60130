import { besideModule, NexaError, startWorkerThread, type WorkerThread } from "../core/index.ts";
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

type DecoderThread = WorkerThread<DecoderRequest, DecoderReply>;

function startThread(workerData: DecoderWorkerData): DecoderThread {
  return startWorkerThread({ file: besideModule(import.meta.url, "decoder-worker"), workerData, name: "decoder" });
}
