import type { ModelRequest } from "../../calls/index.ts";
import { JudgeProgramError } from "../../models/index.ts";

/** Which rows a judge program is at work on, so that the one that it fails on can be named: a program sees no numbers of rows. */
export class RowsInFlight {
  readonly #asked = new Map<number, string>();

  /** Passes requests on, and notes them until they are ended. */
  async *note(requests: AsyncIterable<ModelRequest<number>>): AsyncGenerator<ModelRequest<number>> {
    for await (const request of requests) {
      this.#asked.set(request.tag, request.messages.at(-1)?.content ?? "");
      yield request;
    }
  }

  end(row: number): void {
    this.#asked.delete(row);
  }

  /** The error with the first row that the program failed on; any other error as it is. */
  nameRow(error: unknown): unknown {
    if (!(error instanceof JudgeProgramError)) return error;
    const [row] = [...this.#asked].find(([, asked]) => asked === error.asked) ?? [];
    return row === undefined ? error : error.onRow(row);
  }
}
