import { exitCodes } from "../core/errors.ts";

export interface Cancellation extends Disposable {
  readonly signal: AbortSignal;
  /** Asks the work to end in order, as the first signal does. */
  cancel(): void;
}

/** The first SIGINT, SIGTERM or SIGHUP asks the work to end in order, the second ends it at once. */
export function listenForCancellation(): Cancellation {
  const controller = new AbortController();
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(exitCodes.cancelled);
    controller.abort(new Error(name));
    process.stderr.write(`\n${name}: finishing what is in flight; once more ends at once\n`);
  };
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    cancel: () => controller.abort(new Error("cancelled")),
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
