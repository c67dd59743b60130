import { formatCount, toSafeLine } from "../../core/index.ts";

/** What the rows came to, counted while they are written. */
export interface RowTally {
  readonly rows: number;
  /** Rows without an error. */
  readonly answers: number;
  readonly costUsd: number;
  /** Error code -> rows. */
  readonly failed: ReadonlyMap<string, number>;
  count(row: { readonly id: string; readonly error: string | null; readonly costUsd: number }): void;
  /** For people; nothing where every row has its answer. */
  describe(): string[];
}

export function createRowTally(): RowTally {
  const failed = new Map<string, number>();
  const examples = new Map<string, string>();
  let [rows, answers, costUsd] = [0, 0, 0];
  return {
    get rows() {
      return rows;
    },
    get answers() {
      return answers;
    },
    get costUsd() {
      return costUsd;
    },
    failed,
    count(row) {
      rows++;
      costUsd += row.costUsd;
      if (row.error === null) {
        answers++;
        return;
      }
      const end = row.error.indexOf(":");
      const code = row.error.slice(0, end);
      failed.set(code, (failed.get(code) ?? 0) + 1);
      if (!examples.has(code)) examples.set(code, `${row.id}: ${row.error.slice(end + 1).trim()}`);
    },
    describe() {
      if (failed.size === 0) return [];
      const codes = [...failed].map(([code, count]) => `${code} ${formatCount(count)}`).join(", ");
      const reasons = [...examples].map(([code, example]) => `${code}, e.g. ${toSafeLine(example, 160)}`);
      return [
        `${formatCount(rows - answers)} rows have no answer: ${codes}. They stand in the output with \`error\` set.`,
        ...reasons,
      ];
    },
  };
}
