import { dirname, resolve } from "node:path";
import type { Project } from "../../config/index.ts";
import { formatCount, formatPercent, type Json, type Reporter } from "../../core/index.ts";
import { type SftRow, type SplitName, sftSchema, splitNames, writeJsonl, writeParquet } from "../../records/index.ts";
import { type Choices, type Stage, type StageContext, type StageResult, sessionNames } from "../stage.ts";
import { assertTrainingRows, assertUniqueIds, assertWholeGroups } from "./check-rows.ts";
import { measureRows } from "./measure-tokens.ts";
import { packageRow } from "./package-row.ts";
import { type PackageInput, readKeptRows } from "./read-input.ts";
import { summarizeTokens, type TokenSummary } from "./token-summary.ts";

/** Makes the SFT dataset of the kept rows: conversations with their split, as JSONL and Parquet. Text is what the teacher wrote, byte for byte. */
export const packageStage: Stage = {
  name: "package",
  session: sessionNames.package,
  inputs: (project) => [{ path: project.filters.output, from: "filter" }],
  outputs: (project) => {
    const paths = outputPaths(project);
    return [paths.jsonl, paths.parquet, ...splitNames.map((name) => paths.splits[name])];
  },
  settings: async (project, choices) => packageSettings(project, choices),
  run: runPackage,
};

function packageSettings(project: Project, choices: Choices): Json {
  const { formats, split, include_system } = project.nexa.packaging;
  return {
    formats,
    split,
    include_system,
    has_samples: project.distill.samples_per_prompt > 1,
    student: choices.student.model,
  };
}

interface OutputPaths {
  readonly jsonl: string;
  readonly parquet: string;
  readonly splits: Readonly<Record<SplitName, string>>;
}

/** Project-relative: the dataset as configured, a .parquet of the same name and splits/ beside it. */
function outputPaths(project: Project): OutputPaths {
  const jsonl = project.nexa.packaging.output;
  const split = (name: SplitName): string => `${dirname(jsonl)}/splits/${name}.jsonl`;
  return {
    jsonl,
    parquet: `${jsonl.replace(/\.jsonl$/, "")}.parquet`,
    splits: { train: split("train"), validation: split("validation"), test: split("test") },
  };
}

async function runPackage(project: Project, context: StageContext): Promise<StageResult> {
  const { reporter, signal } = context;
  const input = await readKeptRows(
    project,
    context.inputOverride === undefined ? undefined : resolve(context.inputOverride),
  );
  const packed = packRows(project, input);
  const rows = await measureRows(packed, { file: input.file, student: context.choices.student, reporter, signal });
  assertUniqueIds(rows, input.file);
  assertWholeGroups(rows);
  const counts = countSplits(rows);
  assertTrainingRows(counts, input.file);
  await writeOutputs(outputPaths(project), { project, rows });
  const tokens = summarizeTokens(rows);
  report(reporter, { counts, tokens, project });
  return resultOf(outputPaths(project), { rows, counts, tokens });
}

function packRows(project: Project, { file, rows }: PackageInput): SftRow[] {
  const { split: shares, include_system: includeSystem } = project.nexa.packaging;
  const hasSamples = project.distill.samples_per_prompt > 1 || rows.some(({ sample }) => sample > 0);
  return rows.map((row, index) => packageRow(row, index + 1, { shares, includeSystem, hasSamples, file }));
}

function countSplits(rows: readonly SftRow[]): Record<SplitName, number> {
  const counts = { train: 0, validation: 0, test: 0 };
  for (const { split } of rows) counts[split]++;
  return counts;
}

/** Each file is replaced as a whole; the dataset that training reads comes last. */
async function writeOutputs(
  paths: OutputPaths,
  { project, rows }: { project: Project; rows: readonly SftRow[] },
): Promise<void> {
  for (const name of splitNames) {
    await writeJsonl(
      project.path(paths.splits[name]),
      rows.filter(({ split }) => split === name),
    );
  }
  await writeParquet(project.path(paths.parquet), { schema: sftSchema, rows, projectPath: paths.parquet });
  await writeJsonl(project.path(paths.jsonl), rows);
}

interface Outcome {
  readonly counts: Readonly<Record<SplitName, number>>;
  readonly tokens: TokenSummary | null;
}

function report(reporter: Reporter, { counts, tokens, project }: Outcome & { project: Project }): void {
  const total = counts.train + counts.validation + counts.test;
  const parts = splitNames.map(
    (name) => `${name} ${formatCount(counts[name])} (${formatPercent(counts[name] / total)})`,
  );
  reporter.info(`${formatCount(total)} rows: ${parts.join(", ")}`);
  for (const name of splitNames) {
    if (counts[name] > 0 || project.nexa.packaging.split[name] === 0) continue;
    reporter.warn(
      `the ${name} split is empty: no group falls into its share of ${formatPercent(project.nexa.packaging.split[name])}`,
    );
  }
  if (tokens === null) {
    reporter.info("tokens are not counted: no tokenizer of a student that takes these rows is at hand");
    return;
  }
  const { min, median, p95, max, lossShare } = tokens;
  reporter.info(
    `tokens a row: min ${min}, median ${median}, 95% at most ${p95}, max ${max}; ${formatPercent(lossShare)} of them carry loss`,
  );
}

function resultOf(paths: OutputPaths, { rows, counts, tokens }: Outcome & { rows: readonly SftRow[] }): StageResult {
  const groups = new Set(rows.map(({ metadata }) => metadata.group)).size;
  return {
    outputs: [
      { path: paths.jsonl, rows: rows.length },
      { path: paths.parquet, rows: rows.length },
      ...splitNames.map((name) => ({ path: paths.splits[name], rows: counts[name] })),
    ],
    counts: { input: rows.length, ...counts, groups },
    costUsd: 0,
    details: {
      tokens:
        tokens === null
          ? null
          : {
              min: tokens.min,
              median: tokens.median,
              p95: tokens.p95,
              max: tokens.max,
              total: tokens.total,
              loss_share: tokens.lossShare,
            },
    },
  };
}
