import { DataError, formatCount } from "../../../core/index.ts";

const mostListed = 20;

/** The faults of an input, told together. */
export interface Faults {
  readonly count: number;
  add(fault: DataError): void;
  /** @throws DataError with the first twenty, each with its file and line, and how many more there are. */
  throwAny(): void;
}

export function createFaults(): Faults {
  const listed: DataError[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(fault) {
      count++;
      if (listed.length < mostListed) listed.push(fault);
    },
    throwAny() {
      const [first, ...others] = listed;
      if (first === undefined) return;
      if (count === 1) throw first;
      const lines = others.map(({ message }) => `  ${message}`);
      if (count > listed.length) lines.push(`  and ${formatCount(count - listed.length)} faults more`);
      throw joinFaults(first, lines);
    },
  };
}

/** The first fault's own error, with the others as further lines of its message. */
function joinFaults(first: DataError, lines: readonly string[]): DataError {
  const { file, row, code, hint, exitCode, cause } = first;
  const place = `${file}${row === undefined ? "" : `:${row}`}: `;
  const message = first.message.startsWith(place) ? first.message.slice(place.length) : first.message;
  return new DataError([message, ...lines].join("\n"), { file, row, code, hint, exitCode, cause });
}
