const idleMs = 5 * 60_000;

/** Ends a download of which nothing has come for minutes, as a lost connection; one that goes on may take as long as it likes. */
export async function withIdleDeadline<T>(
  parent: AbortSignal,
  use: (deadline: { readonly signal: AbortSignal; readonly touch: () => void }) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), idleMs);
  try {
    return await use({ signal: AbortSignal.any([parent, controller.signal]), touch: () => void timer.refresh() });
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    throw Object.assign(new Error("The download has stalled", { cause: error }), { code: "ETIMEDOUT" });
  } finally {
    clearTimeout(timer);
  }
}
