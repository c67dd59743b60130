import { DataError, toSafeLine } from "../core/index.ts";
import type { RowPlace } from "./foreign-row.ts";
import { growNumbers, KeyTable } from "./key-table.ts";

/** A row's name: the id and the sample that it gives itself, or gets. */
export interface RowName {
  readonly id: string;
  /** 0-based. */
  readonly sample: number;
}

/** Gives each row of a file its id and sample, and finds those that come twice, in some 30 bytes a row. */
export class ForeignNames {
  readonly #file: string;
  /** What is kept of each id, by its number in the table. */
  readonly #ids = new KeyTable();
  #nextSamples = new Uint32Array();
  #firstSamples = new Uint32Array();
  #firstRows = new Float64Array();
  /** Samples past an id's first one, and the row of each. */
  readonly #others = new KeyTable();
  #otherRows = new Float64Array();

  constructor(file: string) {
    this.#file = file;
  }

  /** The id is `row-<number>` where there is none, the sample counts the id's rows. @throws DataError naming both rows of an id and sample that come twice. */
  take(
    foreign: { readonly id?: string | number | null | undefined; readonly sample?: number | null | undefined },
    row: number,
  ): RowName {
    const id = String(foreign.id ?? `row-${row}`);
    const known = this.#ids.size;
    const number = this.#ids.add(id);
    if (number === known) return this.#addId(number, { id, sample: foreign.sample ?? 0, row });
    const next = this.#nextSamples[number] ?? 0;
    const sample = foreign.sample ?? next;
    if (sample === this.#firstSamples[number])
      throw this.#twice({ id, sample, row, earlier: this.#firstRows[number] ?? 0 });
    const others = this.#others.size;
    const other = this.#others.add(`${id}#${sample}`);
    if (other < others) throw this.#twice({ id, sample, row, earlier: this.#otherRows[other] ?? 0 });
    this.#otherRows = growNumbers(this.#otherRows, other);
    this.#otherRows[other] = row;
    this.#nextSamples[number] = Math.max(sample + 1, next);
    return { id, sample };
  }

  #addId(number: number, { id, sample, row }: RowName & { row: number }): RowName {
    this.#nextSamples = growNumbers(this.#nextSamples, number);
    this.#firstSamples = growNumbers(this.#firstSamples, number);
    this.#firstRows = growNumbers(this.#firstRows, number);
    this.#nextSamples[number] = sample + 1;
    this.#firstSamples[number] = sample;
    this.#firstRows[number] = row;
    return { id, sample };
  }

  #twice({ id, sample, row, earlier }: RowName & Pick<RowPlace, "row"> & { earlier: number }): DataError {
    return new DataError(
      `the id and sample \`${toSafeLine(`${id}#${sample}`, 80)}\` are those of row ${earlier} already`,
      {
        file: this.#file,
        row,
        code: "duplicate_id",
        hint: "Give each row an id of its own, or leave `sample` out: it is counted then.",
      },
    );
  }
}
