import { growNumbers, KeyTable } from "../../../records/index.ts";

/** Where a row stands. */
export interface RowPlace {
  /** Index of its file. */
  readonly file: number;
  /** 1-based. */
  readonly line: number;
}

const linesInFile = 2 ** 40;

/** Ids and where each of them stands, in 25 to 40 bytes each. */
export class IdTable {
  readonly #ids = new KeyTable();
  /** File times 2^40 plus line, by the id's number. */
  #places = new Float64Array();

  /** The place of an id that is there already; otherwise it is added, and undefined is returned. */
  add(id: string, { file, line }: RowPlace): RowPlace | undefined {
    const { size } = this.#ids;
    const number = this.#ids.add(id);
    if (number < size) {
      const place = this.#places[number] ?? 0;
      return { file: Math.floor(place / linesInFile), line: place % linesInFile };
    }
    this.#places = growNumbers(this.#places, number);
    this.#places[number] = file * linesInFile + line;
    return undefined;
  }
}
