import { hashRun, highBase, lowBase } from "../duplicates/rolling-hash.ts";
import { TextScanner } from "../duplicates/scan-text.ts";
import { GrowingArray } from "./growing-array.ts";
import type { HeldOutText } from "./held-out-text.ts";
import type { TextWords } from "./text-grams.ts";
import { NameCollector } from "./text-names.ts";

/** Gathers held-out texts in flat arrays, each text once: a prompt that is there for each of its samples is one text. */
export class TextCollector {
  readonly names = new NameCollector();
  /** By text: 1 where it concerns every row. */
  readonly everyRow = new GrowingArray();
  /** By text: its group's number. */
  readonly groups = new GrowingArray();
  readonly #firstWords = new GrowingArray();
  readonly #words = new GrowingArray();
  readonly #groupNumbers = new Map<string, number>();
  readonly #known = new Map<string, number>();
  readonly #scanner = new TextScanner();

  /** Leaves out a text without a word: there is nothing to find it by. */
  add(held: HeldOutText): void {
    const scanner = this.#scanner;
    scanner.clear();
    scanner.add(held.text);
    if (scanner.wordCount === 0) return;
    const words = scanner.words.subarray(0, scanner.wordCount);
    const key = [lowBase, highBase].map((base) => hashRun(words, { from: 0, to: words.length, base })).join();
    const known = this.#known.get(key);
    if (known !== undefined) {
      if (held.concernsEveryRow === true) this.everyRow.set(known, 1);
      return;
    }
    const text = this.everyRow.length;
    this.#known.set(key, text);
    this.groups.add(this.#groupOf(held, text));
    this.everyRow.add(held.concernsEveryRow === true ? 1 : 0);
    this.#firstWords.add(this.#words.length);
    this.#words.addAll(words);
    this.names.add(held);
  }

  /** All texts' words; to be asked for once, at the end. */
  take(): TextWords {
    this.#firstWords.add(this.#words.length);
    return { texts: this.everyRow.length, firstWords: this.#firstWords.view(), words: this.#words.view() };
  }

  #groupOf({ group }: HeldOutText, text: number): number {
    if (group === undefined) return text;
    const known = this.#groupNumbers.get(group);
    if (known === undefined) this.#groupNumbers.set(group, text);
    return known ?? text;
  }
}
