import type { Json } from "../../core/index.ts";
import type { ReasonCode } from "../../records/index.ts";

/** One failure of one row. */
export interface Offer {
  /** 0-based place in the input, below 2^32. */
  readonly row: number;
  readonly reason: ReasonCode;
  /** All of the row's failures: a row with a single one shows it best. */
  readonly failuresInRow: number;
  readonly detail: Json;
}

export interface PickedExample {
  readonly row: number;
  readonly detail: Json;
}

/** Keeps a few rows to look at for each reason, and no text of any other. */
export interface ExamplePicker {
  /** Cheap enough to be called for every failure; the order of the calls does not matter. */
  offer(offer: Offer): void;
  /** The best example first. */
  picked(): Map<ReasonCode, PickedExample[]>;
}

interface Ranked extends PickedExample {
  readonly rank: number;
}

/** Picks by the number of failures, then by a hash of the row's place, so that the same run shows the same rows from all over the file. */
export function createExamplePicker(perReason = 5): ExamplePicker {
  const best = new Map<ReasonCode, Ranked[]>();
  return {
    offer({ row, reason, failuresInRow, detail }) {
      const ranked = best.get(reason) ?? [];
      if (ranked.length === 0) best.set(reason, ranked);
      const rank = failuresInRow * 2 ** 32 + scatter(row);
      const isFull = ranked.length >= perReason;
      if (isFull && rank >= (ranked.at(-1)?.rank ?? Number.NEGATIVE_INFINITY)) return;
      if (isFull) ranked.pop();
      const place = ranked.findIndex((other) => other.rank > rank);
      ranked.splice(place === -1 ? ranked.length : place, 0, { row, detail, rank });
    },
    picked: () =>
      new Map([...best].map(([reason, ranked]) => [reason, ranked.map(({ row, detail }) => ({ row, detail }))])),
  };
}

/** Spreads 32-bit integers over all of their range, no two to the same. @see https://github.com/aappleby/smhasher (MurmurHash3's fmix32) */
function scatter(row: number): number {
  let mixed = Math.imul(row ^ (row >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
