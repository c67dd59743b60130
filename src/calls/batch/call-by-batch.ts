import { CallRun } from "../call-run.ts";
import type { ModelAnswer, ModelRequest } from "../request.ts";
import { noBatchApi, unreachableBatches } from "./batch-errors.ts";
import type { CallingOptions } from "./batch-options.ts";
import { BatchRun } from "./batch-run.ts";

/**
 * callAll by the provider's Batch API, with the same promise: one answer per request, each on the disk before it is handed out, nothing bought
 * twice. Under `auto` the bulk goes by batch, and small rests, stragglers and retries in real time. A run in real time, too, first waits for
 * the batches of earlier runs that hold calls it needs.
 * @throws UsageError (exit 2) under `batch` for a server without a Batch API; otherwise as callAll.
 */
export function callByBatch<Tag>(
  requests: AsyncIterable<ModelRequest<Tag>> | Iterable<ModelRequest<Tag>>,
  options: CallingOptions,
): AsyncGenerator<ModelAnswer<Tag>> {
  const { model, mode = "realtime", ledger, onNote = options.onWarning } = options;
  const unfinished = ledger.batches.unfinished({
    provider: model.provider,
    origin: model.origin,
    model: model.identity,
  });
  if (model.loadBatchApi !== null && (mode !== "realtime" || unfinished.length > 0)) {
    return new BatchRun<Tag>({ ...options, onNote }, model.loadBatchApi).answers(requests);
  }
  if (unfinished.length > 0) throw unreachableBatches(model, unfinished);
  if (mode === "batch") throw noBatchApi(model);
  if (mode === "auto" && !model.isLocal) onNote?.(`${model.name} has no Batch API: its calls go in real time.`);
  return new CallRun<Tag>(options).answers(requests);
}
