import type { CallingOptions } from "./batch/batch-options.ts";
import { callByBatch } from "./batch/call-by-batch.ts";
import type { ModelAnswer, ModelRequest } from "./request.ts";

/**
 * Asks a model everything that is asked, and hands out the answers as they come, each one when it is on the disk: one answer per request,
 * in the order of completion. Requests are taken lazily, no more than can be started; a slow call holds up no other. What the ledger
 * holds is not asked again.
 * @throws BudgetError (exit 5) before a call that could pass the budget, ProviderError (exit 3) when the server is gone or refuses every
 * call, CancelledError (exit 130) after the signal; answers in flight are committed first, and the handed-out ones stay valid.
 */
export function callAll<Tag>(
  requests: AsyncIterable<ModelRequest<Tag>> | Iterable<ModelRequest<Tag>>,
  options: CallingOptions,
): AsyncGenerator<ModelAnswer<Tag>> {
  return callByBatch(requests, options);
}
