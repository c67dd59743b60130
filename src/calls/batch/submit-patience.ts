import { formatDuration } from "../../core/index.ts";
import type { ModelDescription } from "../../models/index.ts";
import type { Failure } from "../failure.ts";
import { explainNoProgress, explainUnreachable } from "../provider-errors.ts";
import type { BatchSettings } from "./batch-options.ts";
import { patienceMs } from "./patience.ts";

export interface SubmitPatienceOptions {
  readonly model: ModelDescription;
  readonly settings: BatchSettings;
  /** Batches that are looked after meanwhile. */
  readonly openBatches: () => number;
  readonly onNote?: ((note: string) => void) | undefined;
}

/** How long submissions that fail in passing are tried again, one after the other. */
export interface SubmitPatience {
  succeed(): void;
  /** @throws ProviderError where it has lasted too long. */
  fail(failure: Failure): void;
}

/** A server that was not reached so often, as nothing else was there, has another address. */
const unreachableTries = 3;
/** Of the time in which a lost batch would be seen: five minutes by default. */
const graceTimes = 10;

/** Where batches are out, a run waits as long for its next submission as for them: it would not end sooner. */
export function createSubmitPatience({ model, settings, openBatches, onNote }: SubmitPatienceOptions): SubmitPatience {
  let failing: { readonly since: number; tries: number } | null = null;
  return {
    succeed() {
      failing = null;
    },
    fail(failure) {
      failing ??= { since: Date.now(), tries: 0 };
      failing.tries++;
      const isAlone = openBatches() === 0;
      const forMs = Date.now() - failing.since;
      const mostMs = isAlone ? settings.graceMs * graceTimes : patienceMs;
      if (isAlone && failure.code === "unreachable" && failing.tries >= unreachableTries) {
        throw explainUnreachable(model, failure);
      }
      if (forMs > mostMs) throw explainNoProgress(model, failure, forMs);
      if (failing.tries > 1) return;
      const most = formatDuration(mostMs / 1000);
      onNote?.(`A batch could not be submitted to ${model.origin} (${failure.message}): tried again for ${most}.`);
    },
  };
}
