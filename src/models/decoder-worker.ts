// The program of one answering thread; threaded-decoder.ts starts it and speaks to it.
import { parentPort, workerData } from "node:worker_threads";
import { DataError } from "../core/index.ts";
import { createDecoder } from "../student/index.ts";
import { createStudentText } from "../student/tiny.ts";
import type { DecoderReply, DecoderRequest, DecoderWorkerData } from "./threaded-decoder.ts";

const { files, ...student } = workerData as DecoderWorkerData;
const decoder = createDecoder({ ...student, ...createStudentText(files) });

async function answer({ messages, options }: DecoderRequest): Promise<DecoderReply> {
  try {
    return { generation: await decoder.generate(messages, options) };
  } catch (error) {
    if (error instanceof DataError) return { refusal: error.message };
    throw error;
  }
}

// One after the other, so that replies come in the order of the requests.
let latest = Promise.resolve();
parentPort?.on("message", (request: DecoderRequest) => {
  latest = latest.then(async () => parentPort?.postMessage(await answer(request)));
});
