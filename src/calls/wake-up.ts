/** Lets one side wait until the other says that something has changed. */
export interface WakeUp {
  /** Settles with the next `notify`, or at once where one came since the last wait. */
  wait(): Promise<void>;
  notify(): void;
}

export function createWakeUp(): WakeUp {
  let isPending = false;
  let wake: (() => void) | null = null;
  return {
    wait() {
      if (isPending) {
        isPending = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        wake = resolve;
      });
    },
    notify() {
      if (wake === null) {
        isPending = true;
        return;
      }
      const resolve = wake;
      wake = null;
      resolve();
    },
  };
}
