/** 32-bit integers, as many as are added. */
export class GrowingArray {
  #items = new Int32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(item: number): void {
    this.#makeRoom(1);
    this.#items[this.#length++] = item;
  }

  addAll(items: Int32Array): void {
    this.#makeRoom(items.length);
    this.#items.set(items, this.#length);
    this.#length += items.length;
  }

  set(index: number, item: number): void {
    this.#items[index] = item;
  }

  /** The items added so far; not to be used after the next is added. */
  view(): Int32Array {
    return this.#items.subarray(0, this.#length);
  }

  #makeRoom(more: number): void {
    if (this.#length + more <= this.#items.length) return;
    const larger = new Int32Array(Math.max(2 * this.#items.length, this.#length + more));
    larger.set(this.view());
    this.#items = larger;
  }
}

/** A copy in memory that threads share. */
export function toShared(items: Int32Array): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(items.byteLength));
  shared.set(items);
  return shared;
}
