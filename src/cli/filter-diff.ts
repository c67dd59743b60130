import { resolve } from "node:path";
import { loadProject } from "../config/index.ts";
import { type Json, toSafeLine, UsageError, wrapToWidth } from "../core/index.ts";
import { compareSettings, type SettingChange } from "../pipeline/compare-settings.ts";
import { type FoundGate, findGate, findPresentGate } from "../pipeline/find-gate.ts";
import { compareGates } from "../stages/filter/compare-gates.ts";
import { changesToJson, type GateChanges, renderChanges } from "../stages/filter/gate-changes.ts";
import type { GlobalOptions } from "./options.ts";

export interface FilterDiffOptions extends GlobalOptions {
  /** One or two paths, relative to the current folder: the first is before; the project's present gate is after where there is no second. */
  readonly diff: readonly string[];
  readonly filters?: string | undefined;
  readonly json?: boolean | undefined;
}

interface Comparison {
  readonly before: FoundGate;
  readonly after: FoundGate;
  readonly settings: readonly SettingChange[];
  readonly changes: GateChanges;
}

const mostSettings = 12;

/** Columns where the output is no terminal, so that nothing is broken in a file. */
const plainWidth = 200;

/** Prints on stdout what changed between two gates; reads only. */
export async function runFilterDiff({ dir, set, diff, filters, json }: FilterDiffOptions): Promise<void> {
  const [first, second, third] = diff;
  if (first === undefined || third !== undefined) {
    throw new UsageError(`--diff is given ${diff.length} times`, {
      hint: "Give it once, to compare with the project's present gate, or twice: --diff BEFORE --diff AFTER.",
    });
  }
  const project = await loadProject({ dir, overrides: set, filtersConfigPath: filters });
  const before = await findGate(project, resolve(first));
  const after = second === undefined ? await findPresentGate(project) : await findGate(project, resolve(second));
  const comparison = {
    before,
    after,
    settings: compareSettings(before.manifest.config, after.manifest.config),
    changes: await compareGates({ before: before.files, after: after.files }),
  };
  const lines = json === true ? [JSON.stringify(comparisonToJson(comparison), null, 2)] : describe(comparison);
  process.stdout.write(`${lines.join("\n")}\n`);
}

function isSameInput({ before, after }: Comparison): boolean {
  return before.manifest.inputs[0]?.sha256 === after.manifest.inputs[0]?.sha256;
}

/** The shape of `nexa filter --diff MANIFEST --json`. */
function comparisonToJson(comparison: Comparison) {
  const { before, after, settings, changes } = comparison;
  const describeGate = ({ name, manifest }: FoundGate) => ({ manifest: name, ended_at: manifest.ended_at });
  const counts = changesToJson(changes);
  return {
    ...counts,
    before: { ...describeGate(before), ...counts.before },
    after: { ...describeGate(after), ...counts.after },
    is_same_input: isSameInput(comparison),
    settings: settings.map(({ key, before: was, after: is }) => ({ key, before: was ?? null, after: is ?? null })),
  };
}

function describe(comparison: Comparison): string[] {
  const { before, after, settings, changes } = comparison;
  const columns = process.stdout.isTTY === true ? (process.stdout.columns ?? 80) : plainWidth;
  const lines = [
    `before  ${describeGate(before)}`,
    `after   ${describeGate(after)}`,
    ...(isSameInput(comparison) ? [] : ["their inputs are not the same file"]),
    ...describeSettings(settings),
  ];
  return [
    ...lines.flatMap((line) => wrapToWidth(line, { columns, indent: "    " })),
    ...renderChanges(changes, columns),
  ];
}

/** Gates of two versions may have many that only one of them knows: these come last. */
function describeSettings(settings: readonly SettingChange[]): string[] {
  if (settings.length === 0) return ["their settings are the same"];
  const isNew = ({ before, after }: SettingChange): number => Number(before === undefined || after === undefined);
  const shown = settings.toSorted((a, b) => isNew(a) - isNew(b)).slice(0, mostSettings);
  const more = settings.length - shown.length;
  return [
    "settings that differ:",
    ...shown.map(({ key, before, after }) => `  ${toSafeLine(key)}: ${quote(before)} -> ${quote(after)}`),
    ...(more === 0 ? [] : [`  and ${more} more, which --json has`]),
  ];
}

function describeGate({ name, manifest }: FoundGate): string {
  return `${toSafeLine(name)}, made ${manifest.ended_at.slice(0, 16).replace("T", " ")} UTC`;
}

function quote(value: Json | undefined): string {
  return value === undefined ? "(none)" : toSafeLine(JSON.stringify(value), 160);
}
