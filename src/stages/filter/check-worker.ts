// The program of one checking thread; check-input.ts starts it and speaks to it.
import { parentPort, workerData } from "node:worker_threads";
import { packError } from "../../core/index.ts";
import type { CheckReply, CheckWorkerData } from "./check-input.ts";
import { type CheckedChunk, createRowChecker } from "./check-rows.ts";

const { setup, range } = workerData as CheckWorkerData;

async function* replies(): AsyncGenerator<CheckReply> {
  try {
    const checker = await createRowChecker(setup);
    yield { kind: "ready", ruleNames: checker.ruleNames };
    for await (const chunk of checker.check(range)) yield { kind: "chunk", chunk };
  } catch (error) {
    yield { kind: "error", error: packError(error) };
  }
}

const remaining = replies();

// One after the other, so that replies come in the order of the requests.
let latest = Promise.resolve();
parentPort?.on("message", () => {
  latest = latest.then(async () => {
    const { done, value } = await remaining.next();
    const reply: CheckReply = done ? { kind: "end" } : value;
    parentPort?.postMessage(reply, reply.kind === "chunk" ? buffersOf(reply.chunk) : []);
  });
});

/** What goes over to the other thread without a copy. */
function buffersOf({ fingerprints }: CheckedChunk): readonly ArrayBuffer[] {
  return fingerprints === null ? [] : [fingerprints.words.buffer];
}
