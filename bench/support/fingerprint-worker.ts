import { parentPort, workerData } from "node:worker_threads";
import { readJsonl } from "../../src/records/index.ts";
import { createFingerprinter } from "../../src/stages/filter/duplicates/index.ts";
import { splitText } from "./planted-rows.ts";

/** Fingerprints a shard's rows, as the gate's threads do, and posts them in blocks; null at the end. */
const chunkRows = 2_048;
const { path, config } = workerData;
const fingerprinter = createFingerprinter(config);
let ids: string[] = [];

function post(): void {
  const block = fingerprinter.take();
  parentPort?.postMessage({ block, ids }, [block.words.buffer]);
  ids = [];
}

for await (const { value } of readJsonl(path)) {
  const { id, text } = value as { id: string; text: string };
  fingerprinter.add(splitText(text));
  if (ids.push(id) === chunkRows) post();
}
post();
parentPort?.postMessage(null);
