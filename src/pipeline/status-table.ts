import { styleText } from "node:util";
import { formatCount, formatDuration, formatUsd, toSafeLine } from "../core/index.ts";
import type { JobStateName } from "./job-state.ts";
import type { PipelineStatus, StageStatus } from "./status.ts";

export interface TableOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly hasColor: boolean;
}

interface Column {
  readonly title: string;
  /** Columns with the highest number go first where the terminal is narrow. */
  readonly priority: number;
  readonly isRight?: boolean;
  readonly cell: (stage: StageStatus) => string;
}

const columns: readonly Column[] = [
  { title: "stage", priority: 0, cell: ({ name }) => name },
  { title: "state", priority: 0, cell: ({ state }) => state },
  { title: "progress", priority: 1, isRight: true, cell: formatProgress },
  { title: "rate", priority: 4, isRight: true, cell: ({ ratePerSecond }) => formatRate(ratePerSecond) },
  {
    title: "left",
    priority: 2,
    isRight: true,
    cell: ({ etaSeconds }) => (etaSeconds === null ? "" : formatDuration(etaSeconds)),
  },
  { title: "cost", priority: 5, isRight: true, cell: ({ costUsd }) => formatUsd(costUsd) },
  { title: "session", priority: 3, cell: ({ session }) => session },
  { title: "", priority: 6, cell: ({ error, detail }) => toSafeLine(error ?? detail, 300) },
];

const gap = "  ";
const minNoteWidth = 12;

const stateColors: Readonly<Record<JobStateName, Parameters<typeof styleText>[0]>> = {
  waiting: "dim",
  running: "cyan",
  stalled: "yellow",
  succeeded: "green",
  failed: "red",
  stopped: "yellow",
  lost: "red",
};

/** The stages as aligned lines that fit the width; what does not fit is left out, column by column. */
export function formatStatusTable({ stages }: PipelineStatus, { width, hasColor }: TableOptions): string[] {
  const cells = columns.map((column) => ({ column, texts: [column.title, ...stages.map(column.cell)] }));
  const fitted = fitColumns(cells, width);
  return [null, ...stages].map((stage, row) => {
    const line = fitted.map(({ column, texts, width: size }) =>
      pad(texts[row] ?? "", { size, isRight: column.isRight === true }),
    );
    const plain = line.join(gap).trimEnd().slice(0, width);
    if (!hasColor) return plain;
    return stage === null ? styleText("dim", plain, { validateStream: false }) : colorState(plain, stage.state);
  });
}

type Cells = { readonly column: Column; readonly texts: readonly string[] };

function fitColumns(cells: readonly Cells[], width: number): (Cells & { width: number })[] {
  let kept = cells.map((cell) => ({ ...cell, width: Math.max(...cell.texts.map(({ length }) => length)) }));
  kept = kept.filter((cell) => cell.width > 0);
  for (;;) {
    const total = kept.reduce((sum, cell) => sum + cell.width + gap.length, -gap.length);
    if (total <= width || kept.length <= 2) return kept;
    const last = kept.reduce((a, b) => (b.column.priority >= a.column.priority ? b : a));
    const spare = width - (total - last.width);
    if (last.column.title === "" && spare >= minNoteWidth)
      return kept.map((cell) => (cell === last ? { ...cell, width: spare } : cell));
    kept = kept.filter((cell) => cell !== last);
  }
}

function pad(text: string, { size, isRight }: { size: number; isRight: boolean }): string {
  const cut = text.length > size ? `${text.slice(0, size - 1)}…` : text;
  return isRight ? cut.padStart(size) : cut.padEnd(size);
}

function colorState(line: string, state: JobStateName): string {
  const at = line.indexOf(state);
  return `${line.slice(0, at)}${styleText(stateColors[state], state, { validateStream: false })}${line.slice(at + state.length)}`;
}

function formatProgress({ progress: { done, total } }: StageStatus): string {
  if (total === null) return done === 0 ? "" : formatCount(done);
  const share = total === 0 ? 1 : done / total;
  return `${formatCount(done)} / ${formatCount(total)} ${`${Math.floor(share * 100)}%`.padStart(4)}`;
}

function formatRate(ratePerSecond: number | null): string {
  if (ratePerSecond === null) return "";
  return `${ratePerSecond >= 100 ? formatCount(Math.round(ratePerSecond)) : ratePerSecond.toFixed(1)}/s`;
}
