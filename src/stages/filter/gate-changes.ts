import { formatCount, toSafeLine, wrapToWidth } from "../../core/index.ts";
import type { ReasonCode } from "../../records/index.ts";
import { alignTable } from "./align-table.ts";
import { nameRow } from "./render-examples.ts";
import { summaryColumns } from "./summary-columns.ts";

/** Rows of one gate by what became of them. */
export interface GateCounts {
  readonly kept: number;
  readonly rejected: number;
  readonly unjudged: number;
}

/** A row that another gate decides otherwise. */
export interface ChangedRow {
  readonly id: string;
  readonly sample: number;
  /** Null where no judge was asked, or it gave no verdict. */
  readonly judgeScoreBefore: number | null;
  readonly judgeScoreAfter: number | null;
  /** Those that fell away, or those that came. */
  readonly reasons: readonly ReasonCode[];
}

/** Rows that became kept, or rejected. */
export interface ChangedRows {
  readonly rows: number;
  /** Rows per reason that fell away, or came, the most frequent first; a row counts for each. */
  readonly reasons: ReadonlyMap<ReasonCode, number>;
  /** Up to five. */
  readonly examples: readonly ChangedRow[];
}

/** What is different between two gates; a row is known by its id and sample. */
export interface GateChanges {
  readonly before: GateCounts;
  readonly after: GateCounts;
  readonly newlyKept: ChangedRows;
  readonly newlyRejected: ChangedRows;
  readonly newlyUnjudged: number;
  readonly stillKept: number;
  readonly stillRejected: number;
  readonly stillUnjudged: number;
  /** Rows that the other gate did not see. */
  readonly onlyBefore: number;
  readonly onlyAfter: number;
}

/** The changes as the manifest and `--json` have them. */
export function changesToJson(changes: GateChanges) {
  const rowToJson = (row: ChangedRow) => ({
    id: row.id,
    sample: row.sample,
    judge_score_before: row.judgeScoreBefore,
    judge_score_after: row.judgeScoreAfter,
    reasons: row.reasons,
  });
  const { before, after, newlyKept, newlyRejected } = changes;
  return {
    before: { ...before },
    after: { ...after },
    newly_kept: newlyKept.rows,
    newly_rejected: newlyRejected.rows,
    newly_unjudged: changes.newlyUnjudged,
    still_kept: changes.stillKept,
    still_rejected: changes.stillRejected,
    still_unjudged: changes.stillUnjudged,
    only_before: changes.onlyBefore,
    only_after: changes.onlyAfter,
    reasons_fell_away: Object.fromEntries(newlyKept.reasons),
    reasons_came: Object.fromEntries(newlyRejected.reasons),
    examples: {
      newly_kept: newlyKept.examples.map(rowToJson),
      newly_rejected: newlyRejected.examples.map(rowToJson),
    },
  };
}

/** The changes as lines that are safe for a terminal. */
export function renderChanges(changes: GateChanges, columns = summaryColumns()): string[] {
  const { before, after, newlyKept, newlyRejected, newlyUnjudged, onlyBefore, onlyAfter } = changes;
  const others = [
    ...(newlyUnjudged > 0 ? [`${formatCount(newlyUnjudged)} newly unjudged`] : []),
    ...(onlyBefore > 0 ? [`${formatCount(onlyBefore)} rows only before`] : []),
    ...(onlyAfter > 0 ? [`${formatCount(onlyAfter)} rows only after`] : []),
  ];
  const isSame = newlyKept.rows + newlyRejected.rows + others.length === 0;
  const lines = [
    `kept ${formatCount(before.kept)} -> ${formatCount(after.kept)}, rejected ${formatCount(before.rejected)} -> ` +
      `${formatCount(after.rejected)}, unjudged ${formatCount(before.unjudged)} -> ${formatCount(after.unjudged)}` +
      (isSame ? ": every row is decided as before" : ""),
    ...renderChanged(newlyKept, { title: "newly kept", what: "fell away" }),
    ...renderChanged(newlyRejected, { title: "newly rejected", what: "came" }),
    ...(others.length === 0 ? [] : [others.join(", ")]),
  ];
  return lines.flatMap((line) => wrapToWidth(line, { columns, indent: "    " }));
}

function renderChanged(
  { rows, reasons, examples }: ChangedRows,
  { title, what }: { readonly title: string; readonly what: string },
): string[] {
  if (rows === 0) return [];
  return [
    `${formatCount(rows)} ${title}${reasons.size === 0 ? "" : `; what ${what}:`}`,
    ...alignTable([...reasons].map(([reason, count]) => [toSafeLine(reason, 48), formatCount(count)])),
    `  for example ${examples.map(describeRow).join(", ")}`,
  ];
}

function describeRow(row: ChangedRow): string {
  const { judgeScoreBefore: before, judgeScoreAfter: after } = row;
  const score = (value: number | null): string => (value === null ? "none" : String(Number(value.toPrecision(4))));
  if (before === null && after === null) return nameRow(row);
  return `${nameRow(row)} (judge ${before === after ? score(after) : `${score(before)} -> ${score(after)}`})`;
}
