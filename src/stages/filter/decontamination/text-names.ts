import { excerpt } from "../rule.ts";
import type { HeldOutText } from "./held-out-text.ts";

/** What a detail says of held-out texts, in flat arrays. */
export interface TextNames {
  readonly sources: readonly string[];
  /** Place in `sources` by text. */
  readonly sourceOf: Int32Array;
  /** UTF-8 of each text's id and beginning, one behind the other. */
  readonly bytes: Uint8Array;
  /** First byte of text t's id at 2 t, of its beginning at 2 t + 1; one past the last at the end. */
  readonly firstBytes: Int32Array;
}

export interface TextName {
  readonly source: string;
  readonly id: string;
  readonly excerpt: string;
}

export function nameOf({ sources, sourceOf, bytes, firstBytes }: TextNames, text: number): TextName {
  const read = (place: number): string =>
    Buffer.from(bytes.subarray(firstBytes[place], firstBytes[place + 1])).toString("utf8");
  return { source: sources[sourceOf[text] as number] ?? "", id: read(2 * text), excerpt: read(2 * text + 1) };
}

const blockBytes = 2 ** 20;

/** Gathers names, text by text. */
export class NameCollector {
  readonly #sources = new Map<string, number>();
  readonly #sourceOf: number[] = [];
  readonly #firstBytes: number[] = [0];
  readonly #blocks: Buffer[] = [];
  #pending: string[] = [];
  #pendingUnits = 0;

  add({ source, id, text }: HeldOutText): void {
    if (!this.#sources.has(source)) this.#sources.set(source, this.#sources.size);
    this.#sourceOf.push(this.#sources.get(source) ?? 0);
    for (const name of [excerpt(id), excerpt(text.slice(0, 1000).trim())]) {
      this.#firstBytes.push((this.#firstBytes.at(-1) ?? 0) + Buffer.byteLength(name));
      this.#pending.push(name);
      this.#pendingUnits += name.length;
    }
    if (this.#pendingUnits >= blockBytes) this.#flush();
  }

  /** All names, in memory that threads share. */
  share(): TextNames {
    this.#flush();
    const bytes = new Uint8Array(new SharedArrayBuffer(this.#firstBytes.at(-1) ?? 0));
    let at = 0;
    for (const block of this.#blocks) {
      bytes.set(block, at);
      at += block.length;
    }
    const sources = [...this.#sources.keys()];
    return { sources, sourceOf: share(this.#sourceOf), bytes, firstBytes: share(this.#firstBytes) };
  }

  #flush(): void {
    this.#blocks.push(Buffer.from(this.#pending.join(""), "utf8"));
    this.#pending = [];
    this.#pendingUnits = 0;
  }
}

function share(items: readonly number[]): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(4 * items.length));
  shared.set(items);
  return shared;
}
