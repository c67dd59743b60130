import type { FiltersConfig } from "../../config/index.ts";
import { CancelledError, type Json, type Reporter } from "../../core/index.ts";
import { checkInput } from "./check-input.ts";
import type { CheckedChunk, RowFailure } from "./check-rows.ts";
import type { CheckSetup } from "./check-setup.ts";
import { createJudgedRules } from "./create-rules.ts";
import { createFingerprintStore, duplicateRuleNames, type FingerprintStore } from "./duplicates/index.ts";
import { createExamplePicker, type ExamplePicker } from "./example-picker.ts";
import { GateState } from "./gate-state.ts";
import type { GateStore } from "./gate-store.ts";
import type { Judged, RowToJudge } from "./judge.ts";
import { markDuplicates } from "./mark-duplicates.ts";
import type { JudgedRule } from "./rule.ts";
import { toVerdictColumns } from "./verdict-columns.ts";

/** Asks for a judgement on each of the rows, which come some at a time; takes them as it has room, and gives judgements in any order. */
export type Judge = (batches: AsyncIterable<readonly RowToJudge[]>) => AsyncIterable<Judged>;

export interface GateOptions {
  readonly setup: CheckSetup;
  /** Of the input. */
  readonly rows: number;
  readonly store: GateStore;
  /** Null where no setting depends on a judge. */
  readonly judge: Judge | null;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** As many as there are processors where it is left out. */
  readonly threads?: number | undefined;
}

/** What the gate found out, beside what it put into the store. */
export interface GatedInput {
  readonly state: GateState;
  /** All rules' names, by place. */
  readonly ruleNames: readonly string[];
  readonly examples: ExamplePicker;
  /** 1 for each row that a lower threshold of the judge's score could keep, or that is kept. */
  readonly keepable: Uint8Array;
  readonly judged: number;
  readonly askedAgain: number;
}

/**
 * Runs every row through the gate: the rules that cost nothing, on several threads; the judge, while they still run; the rules that need its
 * verdict; and duplicates, of which the best is kept. What fails goes into the store.
 */
export async function runGate(options: GateOptions): Promise<GatedInput> {
  const { setup, rows, judge, reporter, signal } = options;
  const { filters } = setup;
  await using checked = await checkInput(setup, options);
  const judgedRules = judge === null ? [] : createJudgedRules(filters);
  const free = checked.ruleNames.length;
  const ruleNames = [
    ...checked.ruleNames,
    ...judgedRules.map(({ name }) => name),
    ...(filters.duplicates.enabled ? duplicateRuleNames(filters.duplicates) : []),
  ];
  const fingerprints = await openFingerprints(filters, { rows, dir: setup.rules.dir });
  const work: GateWork = {
    ...options,
    state: new GateState({ rows, places: ruleNames.length }),
    examples: createExamplePicker(),
    fingerprints,
  };
  let [judged, askedAgain] = [0, 0];
  if (judge === null) {
    for await (const chunk of checked.chunks) {
      takeChunk(chunk, work);
      reporter.progress({ done: work.state.checked, total: rows, detail: "checking" });
    }
  } else {
    for await (const one of judge(rowsToJudge(checked.chunks, work))) {
      takeJudgement(one, { work, rules: judgedRules, firstPlace: free });
      judged++;
      if (one.isAskedAgain) askedAgain++;
    }
  }
  // Their memory is wanted for what comes now.
  await checked[Symbol.asyncDispose]();
  if (signal.aborted) throw new CancelledError();
  if (work.state.checked !== rows) throw new Error(`${work.state.checked} of ${rows} rows were checked`);
  const keepable =
    fingerprints === null
      ? work.state.admissible()
      : await markDuplicates({
          ...work,
          fingerprints,
          path: setup.path,
          file: setup.file,
          firstPlace: free + judgedRules.length,
        });
  return { state: work.state, ruleNames, examples: work.examples, keepable, judged, askedAgain };
}

interface GateWork {
  readonly state: GateState;
  readonly store: GateStore;
  readonly examples: ExamplePicker;
  readonly fingerprints: FingerprintStore | null;
}

async function openFingerprints(
  { duplicates }: FiltersConfig,
  { rows, dir }: { readonly rows: number; readonly dir: string },
): Promise<FingerprintStore | null> {
  return duplicates.enabled ? await createFingerprintStore({ rows, config: duplicates, dir }) : null;
}

async function* rowsToJudge(
  chunks: AsyncIterable<CheckedChunk>,
  work: GateWork,
): AsyncGenerator<readonly RowToJudge[]> {
  for await (const chunk of chunks) {
    takeChunk(chunk, work);
    yield chunk.toJudge;
  }
}

function takeChunk(chunk: CheckedChunk, work: GateWork): void {
  const { state, store, fingerprints } = work;
  state.addChunk(chunk);
  if (chunk.fingerprints !== null) fingerprints?.put(chunk.firstRow, chunk.fingerprints);
  for (const edit of chunk.edits) store.addEdit(edit);
  for (const flags of chunk.flags) store.addFlags(flags);
  const { failures } = chunk;
  for (let from = 0; from < failures.length; ) {
    const { row } = failures[from] as RowFailure;
    let to = from + 1;
    while (failures[to]?.row === row) to++;
    for (const failure of failures.slice(from, to)) noteFailure(failure, { ...work, failuresInRow: to - from });
    from = to;
  }
}

/** What is not in the state yet: the failure's text, and the row as an example. */
function noteFailure(
  failure: RowFailure,
  { store, examples, failuresInRow }: Pick<GateWork, "store" | "examples"> & { readonly failuresInRow: number },
): void {
  store.addFailure(failure);
  const { row, reason, detail } = failure;
  examples.offer({ row, reason, failuresInRow, detail });
}

function takeJudgement(
  { row, judgement }: Judged,
  { work, rules, firstPlace }: { work: GateWork; rules: readonly JudgedRule[]; firstPlace: number },
): void {
  const { state, store } = work;
  store.addVerdict({ row, ...toVerdictColumns(judgement) });
  if (judgement.state === "judged") state.scores[row] = judgement.score;
  const failures: RowFailure[] = [];
  for (const [index, rule] of rules.entries()) {
    const outcome = rule.check(judgement);
    if (outcome.keep) continue;
    const { reason, detail } = outcome;
    failures.push({ row, place: firstPlace + index, reason, detail: JSON.stringify(detail satisfies Json) });
    // Without a verdict there is nothing for the other rules to measure.
    if (reason === "unjudged") break;
  }
  for (const failure of failures) {
    state.addFailure(failure);
    noteFailure(failure, { ...work, failuresInRow: failures.length });
  }
}
