import { noBatchApi, unreachableBatches } from "./batch/batch-errors.ts";
import type { CallingOptions } from "./batch/batch-options.ts";
import { BatchRun } from "./batch/batch-run.ts";
import { CallRun } from "./call-run.ts";
import type { ModelAnswer, ModelRequest } from "./request.ts";

/**
 * Asks a model everything that is asked, and hands out the answers as they come, each one when it is on the disk: one answer per request,
 * in the order of completion. Requests are taken lazily, no more than can be started; a slow call holds up no other. What the ledger
 * holds is not asked again. By batch the promise is the same; under `auto` the bulk goes by batch, and small rests, stragglers and retries in
 * real time. A run in real time, too, first waits for the batches of earlier runs that hold calls it needs.
 * @throws BudgetError (exit 5) before a call that could pass the budget, ProviderError (exit 3) when the server is gone or refuses every
 * call, CancelledError (exit 130) after the signal; answers in flight are committed first, and the handed-out ones stay valid. UsageError
 * (exit 2) under `batch` for a server without a Batch API.
 */
export function callAll<Tag>(
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
