import { hash } from "node:crypto";

const fullShare = 0.6;
const firstSlots = 1024;

/**
 * Numbers keys (ids, sha256 sums) in the order in which they first come, by 64 bits of their sha256 and without keeping them: 15 to 30 bytes
 * each, so that millions are told apart. Two of a million are taken for one with a chance of 1 in 30 million.
 */
export class KeyTable {
  /** Of a key, by its number. */
  #high = new Uint32Array(firstSlots);
  #low = new Uint32Array(firstSlots);
  /** Number plus one of the key that a slot holds; 0 for a free slot. */
  #slots = new Uint32Array(firstSlots);
  #size = 0;

  /** How many different keys there are: the number of the next new one. */
  get size(): number {
    return this.#size;
  }

  /** The number of any text. */
  add(text: string): number {
    const digest = hash("sha256", text, "buffer");
    return this.#add(digest.readUInt32BE(0), digest.readUInt32BE(4));
  }

  /** The number of what has this sha256, in hexadecimal digits. */
  addSha256(digits: string): number {
    return this.#add(Number.parseInt(digits.slice(0, 8), 16), Number.parseInt(digits.slice(8, 16), 16));
  }

  #add(high: number, low: number): number {
    const slot = this.#slotOf(high, low);
    const found = this.#slots[slot] ?? 0;
    if (found !== 0) return found - 1;
    const number = this.#size++;
    if (number === this.#high.length) {
      this.#high = growNumbers(this.#high, number);
      this.#low = growNumbers(this.#low, number);
    }
    this.#high[number] = high;
    this.#low[number] = low;
    this.#slots[slot] = this.#size;
    if (this.#size > this.#slots.length * fullShare) this.#grow();
    return number;
  }

  #slotOf(high: number, low: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot] ?? 0;
      if (found === 0 || (this.#low[found - 1] === low && this.#high[found - 1] === high)) return slot;
    }
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let number = 0; number < this.#size; number++)
      this.#slots[this.#slotOf(this.#high[number] ?? 0, this.#low[number] ?? 0)] = number + 1;
  }
}

/** The array itself where it has a place `index`, else a copy that is half as long again, or longer. */
export function growNumbers<Numbers extends Uint32Array | Float64Array>(numbers: Numbers, index: number): Numbers {
  if (index < numbers.length) return numbers;
  const larger = new (numbers.constructor as new (length: number) => Numbers)(Math.ceil((index + 1) * 1.5));
  larger.set(numbers);
  return larger;
}
