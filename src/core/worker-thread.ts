import { Worker } from "node:worker_threads";

/** A thread that answers each request with one reply, in order. */
export interface WorkerThread<Request, Reply> {
  /** Requests without a reply. */
  readonly waiting: number;
  /** @throws what ended the thread, for the requests under way and every later one. */
  ask(request: Request): Promise<Reply>;
  end(): Promise<void>;
}

export interface WorkerThreadOptions {
  /** Its program: posts one reply for each message of its parent. */
  readonly file: URL;
  readonly workerData: unknown;
  /** For debuggers and errors, e.g. "train-0". */
  readonly name: string;
  /** Most memory for young objects, in MiB: a thread that makes garbage all the time takes what it is given. */
  readonly youngMemoryMb?: number;
}

/** Where a thread's program lies beside the module that starts it: .ts in a checkout, .js when built. */
export function besideModule(moduleUrl: string, name: string): URL {
  return new URL(`./${name}${moduleUrl.endsWith(".ts") ? ".ts" : ".js"}`, moduleUrl);
}

/** Starts a thread; it keeps the process alive until it is ended. */
export function startWorkerThread<Request, Reply>(options: WorkerThreadOptions): WorkerThread<Request, Reply> {
  const { file, workerData, name, youngMemoryMb } = options;
  const resourceLimits = youngMemoryMb === undefined ? {} : { maxYoungGenerationSizeMb: youngMemoryMb };
  // No flags from the command line: --eval and its like are not for a thread with a file of its own.
  const worker = new Worker(file, { workerData, name, execArgv: [], resourceLimits });
  const waiting: PromiseWithResolvers<Reply>[] = [];
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  worker.on("message", (reply: Reply) => waiting.shift()?.resolve(reply));
  worker.on("error", fail);
  worker.on("exit", (code) => fail(new Error(`The thread ${name} ended by itself with code ${code}.`)));
  return {
    get waiting() {
      return waiting.length;
    },
    async ask(request) {
      if (failure !== undefined) throw failure;
      const reply = Promise.withResolvers<Reply>();
      waiting.push(reply);
      worker.postMessage(request);
      return reply.promise;
    },
    async end() {
      await worker.terminate();
    },
  };
}
