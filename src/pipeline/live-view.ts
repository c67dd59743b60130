import { stripVTControlCharacters } from "node:util";
import { formatCount, formatDuration, formatUsd, toSafeLine } from "../core/index.ts";
import type { JobStateName } from "./job-state.ts";
import { describeNextSteps } from "./next-steps.ts";
import type { PipelineStatus, StageStatus } from "./status.ts";
import { formatStatusTable } from "./status-table.ts";

export type ViewStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };

/** Where the state of a pipeline is shown while it changes. */
export interface StatusView {
  show(status: PipelineStatus): void;
  /** Leaves the last picture where it is. */
  end(): void;
}

export interface TableViewOptions {
  /** The command itself says how it ended: the last picture then leaves out what to do next. */
  readonly isConcluded?: boolean;
}

/** A table that is drawn in place on a terminal; without one, a line when something changes. */
export function createStatusView(stream: ViewStream = process.stderr, options: TableViewOptions = {}): StatusView {
  return stream.isTTY === true ? createTableView(stream, options) : createLineView(stream);
}

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";

/** Redraws the table over itself in one write, each line cleared to its end, so that nothing flickers. */
export function createTableView(stream: ViewStream, { isConcluded = false }: TableViewOptions = {}): StatusView {
  let drawn = 0;
  let last = "";
  const restoreCursor = (): void => void stream.write(showCursor);
  process.once("exit", restoreCursor);
  return {
    show(status) {
      const width = Math.max(20, (stream.columns ?? 80) - 1);
      const table = formatStatusTable(status, { width, hasColor: true });
      const isOver = !status.stages.some(({ isAlive }) => isAlive);
      const steps = isConcluded && isOver ? [] : describeNextSteps(status).flatMap((line) => wrap(line, width));
      const lines = [...table, ...(steps.length === 0 ? [] : ["", ...steps])].slice(
        0,
        Math.max(3, (stream.rows ?? 40) - 2),
      );
      const picture = lines.map((line) => `${line}\u001b[K\n`).join("");
      if (picture === last) return;
      last = picture;
      const up = drawn === 0 ? "" : `\u001b[${drawn}A\r`;
      stream.write(`${hideCursor}${up}${picture}\u001b[J`);
      drawn = lines.length;
    },
    end() {
      process.off("exit", restoreCursor);
      restoreCursor();
    },
  };
}

function wrap(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = stripVTControlCharacters(line);
  while (rest.length > width) {
    const at = rest.lastIndexOf(" ", width);
    const cut = at > width / 2 ? at : width;
    lines.push(rest.slice(0, cut));
    rest = `  ${rest.slice(cut).trimStart()}`;
  }
  return [...lines, rest];
}

const progressLineMs = 10_000;

/** One line when a stage's state changes, and how far the running ones are every ten seconds. */
export function createLineView(stream: ViewStream, { now = Date.now }: { now?: () => number } = {}): StatusView {
  const states = new Map<string, JobStateName>();
  let saidAt = now();
  return {
    show({ stages }) {
      for (const stage of stages) {
        if (states.get(stage.name) === stage.state) continue;
        states.set(stage.name, stage.state);
        stream.write(`${time(now())} ${describeChange(stage)}\n`);
      }
      if (now() - saidAt < progressLineMs) return;
      saidAt = now();
      for (const stage of stages.filter(({ state }) => state === "running")) {
        stream.write(`${time(now())} ${describeMovement(stage)}\n`);
      }
    },
    end: () => undefined,
  };
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function describeChange(stage: StageStatus): string {
  const { name, state, session, exitCode, error } = stage;
  const parts = [`stage=${name}`, `state=${state}`, `session=${session}`];
  if (exitCode !== null) parts.push(`exit_code=${exitCode}`);
  if (error !== null) parts.push(`error=${JSON.stringify(toSafeLine(error, 500))}`);
  return parts.join(" ");
}

function describeMovement({ name, state, progress, ratePerSecond, etaSeconds, costUsd, detail }: StageStatus): string {
  const total = progress.total === null ? "" : `/${formatCount(progress.total)}`;
  const parts = [`stage=${name}`, `state=${state}`, `progress=${formatCount(progress.done)}${total}`];
  if (ratePerSecond !== null) parts.push(`rate=${ratePerSecond.toFixed(1)}/s`);
  if (etaSeconds !== null) parts.push(`left=${JSON.stringify(formatDuration(etaSeconds))}`);
  if (costUsd > 0) parts.push(`cost=${formatUsd(costUsd)}`);
  if (detail !== "") parts.push(`detail=${JSON.stringify(toSafeLine(detail))}`);
  return parts.join(" ");
}
