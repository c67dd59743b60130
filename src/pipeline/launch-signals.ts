export interface Interruption extends Disposable {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Called for each signal, the first one included. */
  onSignal(listener: (signal: NodeJS.Signals) => void): void;
}

const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Listens for the signals that end a command, until it is disposed of. */
export function watchSignals(): Interruption {
  const controller = new AbortController();
  const listeners: ((signal: NodeJS.Signals) => void)[] = [];
  const handle = (signal: NodeJS.Signals): void => {
    controller.abort();
    for (const listener of listeners) listener(signal);
  };
  for (const name of names) process.on(name, handle);
  return {
    signal: controller.signal,
    onSignal: (listener) => void listeners.push(listener),
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, handle);
    },
  };
}
