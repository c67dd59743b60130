import { numberSlots } from "./record-layout.ts";

const none = 0xffff;

/**
 * A sketch of a row's set of numbers: its least members by their hashes, all of them where there are no more than the sketch has places for.
 * @see Cohen and Kaplan, Summarizing data using bottom-k sketches (2007)
 */
export function writeNumbers(numbers: Int32Array, count: number, into: Uint16Array, at: number): void {
  into.fill(none, at, at + numberSlots);
  let filled = 0;
  for (let index = 0; index < count; index++) {
    // 0xffff is left for places without a number.
    const value = ((numbers[index] as number) >>> 16) % none;
    if (filled === numberSlots && value >= (into[at + filled - 1] as number)) continue;
    let place = filled;
    while (place > 0 && value < (into[at + place - 1] as number)) place--;
    if (place > 0 && into[at + place - 1] === value) continue;
    if (filled < numberSlots) filled++;
    into.copyWithin(at + place + 1, at + place, at + filled - 1);
    into[at + place] = value;
  }
}

/**
 * The similarity (Jaccard) of two rows' numbers, exact for up to 16 of them, else estimated. It is 1 where one of them
 * has all of the other's: a sentence that was left out takes its numbers with it, but a template's rows have other ones in their place.
 */
export function compareNumbers(sketches: Uint16Array, a: number, b: number): number {
  let [inA, inB, both, union] = [0, 0, 0, 0];
  while (union < numberSlots) {
    const left = inA < numberSlots ? (sketches[a + inA] as number) : none;
    const right = inB < numberSlots ? (sketches[b + inB] as number) : none;
    if (left === none && right === none) break;
    if (left <= right) inA++;
    if (right <= left) inB++;
    if (left === right) both++;
    union++;
  }
  return inA === both || inB === both ? 1 : both / union;
}
