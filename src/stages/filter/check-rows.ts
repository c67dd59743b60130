import type { ReasonCode, TeacherOutputRow } from "../../records/index.ts";
import { type RangeChunk, readParquetRange } from "../../records/parquet-range.ts";
import { type CheckSetup, type ColumnPlan, planColumns, wholeRowColumns } from "./check-setup.ts";
import { createGateRules } from "./create-gate-rules.ts";
import { createFingerprinter, type FingerprintBlock, type Fingerprinter } from "./duplicates/index.ts";
import type { RowToJudge } from "./judge.ts";
import { explainSqlFault, sqlExpressions } from "./own-rules/index.ts";
import type { Candidate, GateRow, Rule, RuleOutcome } from "./rule.ts";
import { providerFlags } from "./rules/provider-flag.ts";

/** What a free rule holds against a row. */
export interface RowFailure {
  /** 0-based number in the input. */
  readonly row: number;
  /** Place of the rule among all rules. */
  readonly place: number;
  readonly reason: ReasonCode;
  /** JSON text. */
  readonly detail: string;
}

/** An answer that had something taken out of it. */
export interface RowEdit {
  readonly row: number;
  readonly answer: string;
}

/** What the teacher's provider flagged. */
export interface RowFlags {
  readonly row: number;
  readonly flags: readonly string[];
}

/** What the free rules made of rows that follow each other. */
export interface CheckedChunk {
  readonly firstRow: number;
  readonly rows: number;
  /** In the order of the rows, and of the rules. */
  readonly failures: readonly RowFailure[];
  readonly edits: readonly RowEdit[];
  readonly flags: readonly RowFlags[];
  /** Rows for the judge; empty without one. */
  readonly toJudge: readonly RowToJudge[];
  readonly fingerprints: FingerprintBlock | null;
}

/** Checks rows of the input with the free rules. */
export interface RowChecker {
  /** The rules' names, in their order. */
  readonly ruleNames: readonly string[];
  /** Rows `from` to `to` - 1, in their order, some thousand at a time. */
  check(range: { readonly from: number; readonly to: number }): AsyncGenerator<CheckedChunk>;
}

/** Of one thread's DuckDB, for its own work. */
const memoryLimit = "512MB";

/** @throws ConfigError for a rule of the user's own that cannot be loaded. */
export async function createRowChecker(setup: CheckSetup): Promise<RowChecker> {
  const { path, file, filters, hasJudge } = setup;
  const rules = await createGateRules(setup);
  const fingerprinter = filters.duplicates.enabled ? createFingerprinter(filters.duplicates) : null;
  const plan = planColumns({
    request: hasJudge || fingerprinter !== null || setup.heldOut !== null,
    reference: hasJudge,
    wholeRow: rules.some(({ needsWholeRow = false }) => needsWholeRow),
    sqlExpressions: sqlExpressions(filters.rules),
  });
  return {
    ruleNames: rules.map(({ name }) => name),
    async *check({ from, to }) {
      const range = { file, columns: plan.columns, from, to, memoryLimit };
      try {
        for await (const chunk of readParquetRange(path, range)) {
          yield await checkChunk(chunk, { setup, rules, plan, fingerprinter });
        }
      } catch (error) {
        throw await explainSqlFault(error, { rules: filters.rules, source: { path, file } });
      }
    },
  };
}

interface ChunkContext {
  readonly setup: CheckSetup;
  readonly rules: readonly Rule[];
  readonly plan: ColumnPlan;
  readonly fingerprinter: Fingerprinter | null;
}

async function checkChunk(chunk: RangeChunk, context: ChunkContext): Promise<CheckedChunk> {
  const { setup, rules, plan, fingerprinter } = context;
  const judgesAll = setup.filters.sample_gate.judge_rejected;
  const failures: RowFailure[] = [];
  const edits: RowEdit[] = [];
  const flagged: RowFlags[] = [];
  const toJudge: RowToJudge[] = [];
  for (let index = 0; index < chunk.rows; index++) {
    const row = chunk.firstRow + index;
    const before = failures.length;
    const candidate = readCandidate(chunk, index, context);
    const pending = applyRules(candidate, { rules, row, failures });
    const answer = pending instanceof Promise ? await pending : pending;
    hideTexts(failures, before);
    const isEmpty = answer.trim() === "";
    const flags = providerFlags(candidate.row);
    if (flags.length > 0) flagged.push({ row, flags });
    if (answer !== candidate.answer) edits.push({ row, answer });
    fingerprinter?.add({ request: candidate.row.request, answer: isEmpty ? "" : answer });
    if (setup.hasJudge && !isEmpty && (judgesAll || failures.length === before)) {
      const reference = chunk.columns[plan.reference]?.[index] as string | null;
      toJudge.push({ row, request: candidate.row.request, answer, reference });
    }
  }
  const { firstRow, rows } = chunk;
  return { firstRow, rows, failures, edits, flags: flagged, toJudge, fingerprints: fingerprinter?.take() ?? null };
}

/** In a row with a secret, no rule's detail quotes the answer: the secret may stand in what another rule found. */
function hideTexts(failures: RowFailure[], from: number): void {
  const ofRow = failures.slice(from);
  if (!ofRow.some(({ reason }) => reason === "secret")) return;
  for (const [index, failure] of ofRow.entries()) {
    if (failure.reason === "secret") continue;
    const detail = JSON.stringify(JSON.parse(failure.detail), (key, value: unknown) =>
      typeof value === "string" && key !== "kind" ? null : value,
    );
    failures[from + index] = { ...failure, detail };
  }
}

function readCandidate({ columns, firstRow }: RangeChunk, index: number, { setup, plan }: ChunkContext): Candidate {
  const value = (place: number) => columns[place]?.[index] ?? null;
  const prompt = (value(5) as string | null) ?? "";
  const row: GateRow = {
    teacher_output: value(0) as string | null,
    finish_reason: (value(1) as string | null) ?? "unknown",
    completion_tokens: (value(2) as number | null) ?? 0,
    error: value(3) as string | null,
    expects_json: value(4) === true,
    prompt,
    request: plan.request === -1 ? prompt : ((value(plan.request) as string | null) ?? prompt),
    isTrainedOn: setup.trainedOn === null || setup.trainedOn[firstRow + index] === 1,
  };
  return {
    row,
    answer: row.teacher_output ?? "",
    sqlValues: columns
      .slice(plan.sqlValues, plan.wholeRow === -1 ? undefined : plan.wholeRow)
      .map((values) => values[index] as boolean | null),
    wholeRow: plan.wholeRow === -1 ? null : readWholeRow(columns.slice(plan.wholeRow), index),
  };
}

function readWholeRow(columns: RangeChunk["columns"], index: number): TeacherOutputRow {
  const members = wholeRowColumns.map((name, place) => [name, columns[place]?.[index] ?? null]);
  return Object.fromEntries(members) as TeacherOutputRow;
}

interface Applying {
  readonly rules: readonly Rule[];
  readonly row: number;
  /** What fails is added here. */
  readonly failures: RowFailure[];
}

/** Applies all rules from `from` on; the answer as they leave it. A promise only where a rule gave one. */
function applyRules(candidate: Candidate, applying: Applying, from = 0): string | Promise<string> {
  let current = candidate;
  for (let place = from; place < applying.rules.length; place++) {
    const outcome = (applying.rules[place] as Rule).check(current);
    if (outcome instanceof Promise) return applyLater(current, { outcome, applying, place });
    current = settle(current, outcome, { ...applying, place });
    if (isOver(current, outcome)) break;
  }
  return current.answer;
}

async function applyLater(
  candidate: Candidate,
  { outcome, applying, place }: { outcome: Promise<RuleOutcome>; applying: Applying; place: number },
): Promise<string> {
  const settled = await outcome;
  const next = settle(candidate, settled, { ...applying, place });
  return isOver(next, settled) ? next.answer : applyRules(next, applying, place + 1);
}

/** Notes a failure, or puts the new answer in the place of the old one. */
function settle(
  candidate: Candidate,
  outcome: RuleOutcome,
  { row, place, failures }: Applying & { readonly place: number },
): Candidate {
  if (outcome.keep) return outcome.answer === undefined ? candidate : { ...candidate, answer: outcome.answer };
  failures.push({ row, place, reason: outcome.reason, detail: JSON.stringify(outcome.detail) });
  return candidate;
}

/** Without an answer there is nothing for the other rules to measure. */
function isOver({ answer }: Candidate, outcome: RuleOutcome): boolean {
  return !outcome.keep && answer.trim() === "";
}
