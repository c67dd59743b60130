import { formatCount, ProviderError, toSafeLine, UsageError } from "../../core/index.ts";
import type { BatchError, ModelDescription } from "../../models/index.ts";
import type { Failure } from "../failure.ts";
import type { LedgerBatch } from "../ledger/ledger-schema.ts";

const shownErrors = 3;

/** `--mode batch` for a model whose server has no Batch API. */
export function noBatchApi({ name, isLocal }: ModelDescription): UsageError {
  return new UsageError(`${name} has no Batch API${isLocal ? ": it runs on this machine" : ""}`, {
    code: "no_batch_api",
    hint: isLocal
      ? "Use --mode realtime or auto."
      : "Use --mode realtime or auto; or, if its server has /files and /batches, declare `batch: true` for it under `models:` in nexa.yaml.",
  });
}

/** Batches of a model that a changed configuration says cannot have any. */
export function unreachableBatches({ name, origin }: ModelDescription, batches: readonly LedgerBatch[]): UsageError {
  const calls = batches.reduce((sum, batch) => sum + batch.calls, 0);
  return new UsageError(
    `${formatCount(calls)} calls of ${name} wait in ${batches.length} batches at ${origin}, and the configuration no longer has its Batch API`,
    { code: "no_batch_api", hint: `Declare \`batch: true\` for it under \`models:\` in nexa.yaml again.` },
  );
}

/** A call that cannot be put into a batch at all. */
export function notByBatch({ name }: ModelDescription, error: Error): UsageError {
  return new UsageError(`${name}: ${toSafeLine(error.message, 300)}`, {
    code: "not_by_batch",
    hint: "Use --mode realtime, or auto, which does so by itself.",
  });
}

/** A batch whose lines the provider did not take. */
export function explainRefusedBatch({ name, origin }: ModelDescription, errors: readonly BatchError[]): ProviderError {
  return new ProviderError(`${origin} refused a batch for ${name}: ${describeErrors(errors)}`, {
    code: errors.find(({ code }) => code !== "")?.code ?? "batch_refused",
    status: null,
    isRetryable: false,
    hint: "Check what is sent (the model's name, max_tokens, sampling settings), and whether the account may use the model by batch; --mode auto falls back to real time.",
  });
}

/** "line 3: unknown parameter; line 9: ..." of the first few. */
export function describeErrors(errors: readonly BatchError[]): string {
  if (errors.length === 0) return "it gives no reason";
  const shown = errors
    .slice(0, shownErrors)
    .map(({ line, message, code }) => toSafeLine(`${line === null ? "" : `line ${line}: `}${message || code}`, 200));
  const rest = errors.length - shown.length;
  return `${shown.join("; ")}${rest > 0 ? `; and ${formatCount(rest)} more` : ""}`;
}

/** A batch that the ledger knows and the provider does not. */
export function explainUnknownBatch(
  { name, origin, keyEnv }: ModelDescription,
  { batch_id: batchId, intent_id: intentId, calls }: LedgerBatch,
  failure: Failure,
): ProviderError {
  const id = toSafeLine(batchId ?? "", 80);
  return new ProviderError(
    `${origin} does not know batch ${id}, in which ${formatCount(calls)} calls of ${name} wait: ${failure.message}`,
    {
      code: "batch_not_found",
      status: failure.status,
      isRetryable: false,
      hint: `Use ${keyEnv ?? "the key"} of the account that it was made with. To give it up and ask its calls again: sqlite3 .nexa/ledger.sqlite "UPDATE batches SET state = 'abandoned' WHERE intent_id = '${intentId}'; DELETE FROM batch_calls WHERE intent_id = '${intentId}'"`,
      cause: failure.cause,
    },
  );
}
