import { exitCodes } from "../core/errors.ts";

export interface Cancellation extends Disposable {
  readonly signal: AbortSignal;
  /** Asks the work to end in order, as the first signal does. */
  cancel(): void;
}

/** Signals that come together are one wish: a Ctrl-C reaches a program under npx twice, from the terminal and from npx. */
const sameWishMs = 500;

const toStderr = (line: string): void => void process.stderr.write(`\n${line}\n`);

/** The first SIGINT, SIGTERM or SIGHUP asks the work to end in order, a later one ends it at once. */
export function listenForCancellation(say: (line: string) => void = toStderr): Cancellation {
  const controller = new AbortController();
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  let askedAt: number | null = null;
  const onSignal = (name: NodeJS.Signals): void => {
    if (askedAt !== null) {
      if (Date.now() - askedAt > sameWishMs) process.exit(exitCodes.cancelled);
      return;
    }
    askedAt = Date.now();
    controller.abort(new Error(name));
    say(`${name}: finishing what is in flight; once more ends at once`);
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
