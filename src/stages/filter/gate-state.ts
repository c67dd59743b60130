import type { ReasonCode } from "../../records/index.ts";
import type { CheckedChunk, RowFailure } from "./check-rows.ts";

const noPlace = 0xffff;

/** What is known of every row, in flat arrays: some thirteen bytes a row. */
export class GateState {
  readonly rows: number;
  /** Overall score by row, 0 to 1; NaN where there is none. */
  readonly scores: Float64Array;
  /** Place of the first failing rule by row. */
  readonly #firstPlace: Uint16Array;
  /** 1 where the judge gave no verdict, and nothing else speaks against the row. */
  readonly #isUnjudged: Uint8Array;
  /** 1 where a rule fails that has nothing to do with the score. */
  readonly #isBarred: Uint8Array;
  readonly #isEdited: Uint8Array;
  readonly #alone: number[];
  readonly #reasons = new Map<ReasonCode, number>();
  #checked = 0;

  constructor({ rows, places }: { readonly rows: number; readonly places: number }) {
    this.rows = rows;
    this.scores = new Float64Array(rows).fill(Number.NaN);
    this.#firstPlace = new Uint16Array(rows).fill(noPlace);
    this.#isUnjudged = new Uint8Array(rows);
    this.#isBarred = new Uint8Array(rows);
    this.#isEdited = new Uint8Array(rows);
    this.#alone = new Array<number>(places).fill(0);
  }

  /** Rows that went through the free rules. */
  get checked(): number {
    return this.#checked;
  }

  addChunk({ rows, failures, edits }: CheckedChunk): void {
    this.#checked += rows;
    for (const failure of failures) this.addFailure(failure);
    for (const { row } of edits) this.#isEdited[row] = 1;
  }

  addFailure({ row, place, reason }: Pick<RowFailure, "row" | "place" | "reason">): void {
    if (reason === "unjudged" && this.isKept(row)) this.#isUnjudged[row] = 1;
    if (place < (this.#firstPlace[row] as number)) this.#firstPlace[row] = place;
    this.#alone[place] = (this.#alone[place] ?? 0) + 1;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    if (reason !== "low_judge_score") this.#isBarred[row] = 1;
  }

  isKept(row: number): boolean {
    return this.#firstPlace[row] === noPlace;
  }

  isUnjudged(row: number): boolean {
    return this.#isUnjudged[row] === 1;
  }

  /** 1 where nothing but the score can speak against the row: only such a row can make another one its duplicate. */
  admissible(): Uint8Array {
    return this.#isBarred.map((isBarred) => 1 - isBarred);
  }

  get reasons(): ReadonlyMap<ReasonCode, number> {
    return new Map([...this.#reasons].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
  }

  /** Rows that each rule rejects, whatever the others say, by place. */
  get alone(): readonly number[] {
    return this.#alone;
  }

  /** Rows whose first failing rule is that of the place, by place. */
  stoppedAt(): number[] {
    const stopped = new Array<number>(this.#alone.length).fill(0);
    for (const place of this.#firstPlace) if (place !== noPlace) stopped[place] = (stopped[place] ?? 0) + 1;
    return stopped;
  }

  /** Rows that are kept, that have a reason, and that the judge alone left open; of the kept ones, those with an edit. */
  counts(): { kept: number; rejected: number; unjudged: number; redacted: number } {
    let [kept, rejected, unjudged, redacted] = [0, 0, 0, 0];
    for (let row = 0; row < this.rows; row++) {
      if (this.isUnjudged(row)) unjudged++;
      else if (!this.isKept(row)) rejected++;
      else kept++;
      if (this.isKept(row)) redacted += this.#isEdited[row] as number;
    }
    return { kept, rejected, unjudged, redacted };
  }
}
