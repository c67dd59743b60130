import { DataError, toSafeLine } from "../../core/index.ts";
import type { SftRow, SplitName } from "../../records/index.ts";

/** @throws DataError naming the first id that two rows share. */
export function assertUniqueIds(rows: readonly SftRow[], file: string): void {
  const seen = new Map<string, number>();
  for (const [index, { id }] of rows.entries()) {
    const earlier = seen.get(id);
    seen.set(id, index + 1);
    if (earlier === undefined) continue;
    throw new DataError(`the id \`${toSafeLine(id)}\` is that of row ${earlier} already`, {
      file,
      row: index + 1,
      code: "duplicate_id",
      hint: "Give every row an id of its own.",
    });
  }
}

/** A group that stands in two splits would let the test be learnt; it cannot be, and this holds it so. */
export function assertWholeGroups(rows: readonly SftRow[]): void {
  const splits = new Map<string, SplitName>();
  for (const { id, split, metadata } of rows) {
    const known = splits.get(metadata.group) ?? split;
    splits.set(metadata.group, known);
    if (known !== split)
      throw new Error(`The group ${metadata.group} of row ${id} is in the splits ${known} and ${split}`);
  }
}

/** @throws DataError where there is nothing to train on. */
export function assertTrainingRows(counts: Readonly<Record<SplitName, number>>, file: string): void {
  if (counts.train > 0) return;
  throw new DataError(`none of its ${counts.validation + counts.test} rows falls into the train split`, {
    file,
    code: "empty_train_split",
    hint: "Raise packaging.split.train, or bring more prompts: the split is drawn by each prompt's group.",
  });
}
