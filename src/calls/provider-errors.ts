import { formatCount, formatDuration, ProviderError } from "../core/index.ts";
import type { ModelDescription } from "../models/index.ts";
import type { Failure } from "./failure.ts";
import { describeQuotaEnd } from "./limiter/describe-limiter.ts";
import type { QuotaEnd } from "./limiter/limiter.ts";

const addressPlaces = "`base_url` under `models:` in nexa.yaml, or the provider's variable such as OPENAI_BASE_URL";

/** The end of a run by a failure that no retry helps, with the remedy. */
export function explainFatal(
  model: ModelDescription,
  failure: Failure,
  hint: string = remedyFor(model, failure),
): ProviderError {
  return providerError(`${model.name} at ${model.origin}: ${failure.message}`, failure, hint);
}

/** The end of a run whose server was never reached. */
export function explainUnreachable(model: ModelDescription, failure: Failure): ProviderError {
  const hint = `Check the network and the server's address (${addressPlaces}), and start again.`;
  return providerError(`${model.name}: no answer from ${model.origin} (${failure.message})`, failure, hint);
}

/** The end of a run whose address shows web pages: a portal's, a proxy's, or a server's own start page. */
export function explainWebPage(model: ModelDescription, failure: Failure): ProviderError {
  const hint = `Check the server's address (${addressPlaces}), which ends in /v1 with most servers, and any proxy on the way.`;
  return providerError(`${model.name} at ${model.origin}: ${failure.message}`, failure, hint);
}

/** The end of a run whose server answered, and then no longer. */
export function explainNoProgress(model: ModelDescription, failure: Failure, sinceMs: number): ProviderError {
  const since = formatDuration(sinceMs / 1000);
  const message = `${model.name} at ${model.origin} has answered nothing for ${since}; the last reason: ${failure.message}`;
  return providerError(
    message,
    failure,
    "Every answer got so far is kept: start the same command again when the server is well.",
  );
}

/** The end of a run whose server asks for a longer wait than a run should last. */
export function explainLongWait(model: ModelDescription, failure: Failure): ProviderError {
  const wait = formatDuration((failure.retryAfterMs ?? 0) / 1000);
  const message = `${model.name} at ${model.origin} asks to wait ${wait}: ${failure.message}`;
  return providerError(
    message,
    failure,
    "Every answer got so far is kept: start the same command again after that time.",
  );
}

/** The end of a run that does not wait for the next day's quota. */
export function explainQuotaEnd(
  model: ModelDescription,
  end: QuotaEnd,
  { now, answered }: { readonly now: number; readonly answered: number },
): ProviderError {
  return new ProviderError(`${model.name} at ${model.origin}: ${describeQuotaEnd(end, now)}`, {
    code: "quota_ended",
    status: null,
    isRetryable: true,
    hint: `Got in this run: ${formatCount(answered)} answers, all kept. Start the same command again after that time, or set when_quota_ends: wait.`,
  });
}

/** The end of a run in which every request was refused as it stands. */
export function explainAllRefused(model: ModelDescription, failure: Failure, count: number): ProviderError {
  const message = `${model.name} at ${model.origin} refused all of the first ${count} requests; the last time: ${failure.message}`;
  return providerError(
    message,
    failure,
    "Check what is sent: the model's name, max_tokens, temperature, and other sampling settings.",
  );
}

function providerError(message: string, { code, status, kind, cause }: Failure, hint: string): ProviderError {
  return new ProviderError(message, {
    code,
    status,
    isRetryable: kind === "passing" || kind === "refused",
    hint,
    cause,
  });
}

function remedyFor({ keyEnv, name }: ModelDescription, { code }: Failure): string {
  const key = keyEnv ?? "the key";
  switch (code) {
    case "bad_key":
      return `Check ${key}: the server does not accept it. Every answer got so far is kept.`;
    case "forbidden":
      return `Check that the account behind ${key} may use ${name}. Every answer got so far is kept.`;
    case "insufficient_quota":
      return `The account behind ${key} has no money or quota left: top it up and start again. Every answer got so far is kept.`;
    case "not_found":
      return `Check the model's name \`${name}\` and the server's address (${addressPlaces}).`;
    case "redirect":
      return "The address redirects elsewhere, and a key is not sent along: give the final address as base_url.";
    case "bad_certificate":
      return "The server's certificate is not trusted: check the address, the clock, and NODE_EXTRA_CA_CERTS.";
    default:
      return "Check the server and start again: every answer got so far is kept.";
  }
}
