import type { CallFailure } from "../request.ts";

/** How a call failed, and at which try. */
export type TriedFailure = CallFailure & { readonly tries: number };

/** What a run hands out next; the text is read from the ledger when it is taken, so that what waits here is small. */
export interface ReadyAnswer<Tag> {
  readonly identity: string;
  readonly tag: Tag;
  readonly isFromLedger: boolean;
  readonly failure: TriedFailure | null;
}

const compactAfter = 1_024;

/** First in, first out; a plain array's shift is slow where a whole batch waits. */
export class ReadyQueue<Tag> {
  #items: ReadyAnswer<Tag>[] = [];
  #taken = 0;

  get length(): number {
    return this.#items.length - this.#taken;
  }

  push(item: ReadyAnswer<Tag>): void {
    this.#items.push(item);
  }

  take(): ReadyAnswer<Tag> | undefined {
    const item = this.#items[this.#taken];
    if (item === undefined) return undefined;
    this.#taken++;
    if (this.#taken >= compactAfter && this.#taken * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#taken);
      this.#taken = 0;
    }
    return item;
  }
}
