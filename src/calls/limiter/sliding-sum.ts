/** A sum over the last so many milliseconds. */
export interface SlidingSum {
  add(at: number, amount: number): void;
  /** Changes what was added at a moment, if that is still within the window. */
  adjust(at: number, change: number): void;
  /** Of the window that ends now; a little more than the window is counted, never less. */
  sum(now: number): number;
  /** What was added since a moment of the window. */
  sumSince(since: number, now: number): number;
  /** Milliseconds until the sum has fallen to `most`; 0 where it is no more than that. */
  msUntil(most: number, now: number): number;
}

const finestSlotMs = 50;
const fewestSlots = 100;
const mostSlots = 1_200;

/** Keeps sums of short slots instead of moments, so that its memory does not grow with what is counted. */
export function createSlidingSum(windowMs: number): SlidingSum {
  const slotCount = Math.round(Math.min(mostSlots, Math.max(fewestSlots, windowMs / finestSlotMs)));
  const slotMs = windowMs / slotCount;
  // One more than fits, as the oldest slot counts until its youngest moment has left the window.
  const slots = new Float64Array(slotCount + 1);
  let newest = Number.NEGATIVE_INFINITY;
  let total = 0;

  const advance = (now: number): void => {
    const current = Math.floor(now / slotMs);
    if (current <= newest) return;
    const steps = Math.min(slots.length, current - newest);
    for (let step = 0; step < steps; step++) {
      const index = (current - step) % slots.length;
      total -= slots[index] ?? 0;
      slots[index] = 0;
    }
    newest = current;
    if (steps === slots.length) total = 0;
  };
  const change = (at: number, amount: number): void => {
    const slot = Math.floor(at / slotMs);
    if (slot <= newest - slots.length || slot > newest) return;
    const index = slot % slots.length;
    slots[index] = (slots[index] ?? 0) + amount;
    total += amount;
  };

  return {
    add(at, amount) {
      advance(at);
      change(at, amount);
    },
    adjust: change,
    sum(now) {
      advance(now);
      return total;
    },
    sumSince(since, now) {
      advance(now);
      const oldest = Math.max(newest - slots.length + 1, Math.floor(since / slotMs));
      let sum = 0;
      for (let slot = oldest; slot <= newest; slot++) sum += slots[slot % slots.length] ?? 0;
      return sum;
    },
    msUntil(most, now) {
      advance(now);
      if (total <= most) return 0;
      let left = total;
      for (let slot = newest - slots.length + 1; slot <= newest; slot++) {
        left -= slots[slot % slots.length] ?? 0;
        if (left <= most) return (slot + slots.length) * slotMs - now;
      }
      return windowMs;
    },
  };
}
