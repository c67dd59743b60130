import type { PreparedCall } from "../../models/index.ts";
import type { BatchCall } from "../ledger/ledger-schema.ts";

/** A call that waits for its batch to be made. */
export interface FilledLine {
  readonly call: BatchCall;
  readonly prepared: PreparedCall;
  /** The intent of an ended batch that the call was in before, or null. */
  readonly from: string | null;
}

export interface FillLimits {
  readonly mostLines: number;
  readonly mostBytes: number;
}

/** How many of the first lines fit; at least one. */
export function countFitting(lines: readonly FilledLine[], { mostLines, mostBytes }: FillLimits): number {
  let bytes = 0;
  const index = lines.findIndex(({ prepared }) => {
    bytes += prepared.sizeBytes;
    return bytes > mostBytes;
  });
  return Math.max(1, Math.min(mostLines, index < 0 ? lines.length : index));
}

/** The lines of the next batch. */
export class Filling {
  #lines: FilledLine[] = [];
  #bytes = 0;

  get count(): number {
    return this.#lines.length;
  }

  /** Whether a further line would pass a limit; a line alone never does. */
  isFullFor({ sizeBytes }: PreparedCall, { mostLines, mostBytes }: FillLimits): boolean {
    return this.count > 0 && (this.count >= mostLines || this.#bytes + sizeBytes > mostBytes);
  }

  add(line: FilledLine): void {
    this.#lines.push(line);
    this.#bytes += line.prepared.sizeBytes;
  }

  takeAll(): FilledLine[] {
    const lines = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    return lines;
  }
}
