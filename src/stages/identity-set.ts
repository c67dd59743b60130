import { KeyTable } from "../records/index.ts";

/** A set of sha256 sums, as hexadecimal digits, in 15 to 30 bytes each where a Set of strings takes 150: a million calls are counted. */
export class IdentitySet {
  readonly #table = new KeyTable();

  /** @returns whether it was not there. */
  add(sha256: string): boolean {
    const { size } = this.#table;
    return this.#table.addSha256(sha256) === size;
  }
}
