import { globSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { DataError, errorMessage, toSafeLine } from "../../../core/index.ts";
import { isTableFile } from "../../../records/index.ts";

export interface FolderOptions {
  /** As errors name the folder. */
  readonly name: string;
  /** The split to read; null where there is only one. */
  readonly split: string | null;
}

/**
 * The files with rows in a folder: a data set of `save_to_disk`, one with the layout of the Hugging Face hub, or any files.
 * @throws DataError (exit 4) where there are none, or several splits and none of them is chosen.
 * @see https://huggingface.co/docs/hub/datasets-manual-configuration
 */
export function filesOfFolder(folder: string, options: FolderOptions): string[] {
  const names = new Set(readdirSync(folder));
  if (names.has("dataset_dict.json")) return filesOfSavedDict(folder, options);
  if (names.has("state.json") && names.has("dataset_info.json")) return filesOfSavedSplit(folder, options);
  const described = names.has("README.md") ? readCard(folder, options) : null;
  const splits = described ?? splitsByName(folder);
  if (splits.size === 0)
    throw new DataError("the folder has no files with rows", {
      file: options.name,
      code: "empty_folder",
      hint: "Rows are read from .jsonl, .json, .csv, .tsv, .parquet and .arrow files.",
    });
  const files = splits.get(chooseSplit([...splits.keys()], options)) ?? [];
  return files.map((file) => join(folder, file));
}

/** A split's files, relative to the folder, in their order. */
type Splits = Map<string, string[]>;

function chooseSplit(available: readonly string[], { name, split }: FolderOptions): string {
  const [only] = available;
  if (split === null && available.length === 1 && only !== undefined) return only;
  if (split !== null && available.includes(split)) return split;
  const list = available.map((one) => toSafeLine(one, 60)).join(", ");
  throw new DataError(
    split === null ? `the data set has several splits: ${list}` : `the data set has no split \`${split}\`, but ${list}`,
    {
      file: name,
      code: "unknown_split",
      hint: `Set prompts_split to one of them, e.g. \`prompts_split: ${available[0]}\`.`,
    },
  );
}

const dictSchema = z.object({ splits: z.array(z.string()).min(1) });

function filesOfSavedDict(folder: string, options: FolderOptions): string[] {
  const { splits } = readJson(folder, { file: "dataset_dict.json", schema: dictSchema, options });
  const split = chooseSplit(splits, options);
  return filesOfSavedSplit(join(folder, split), { name: join(options.name, split), split: null });
}

const stateSchema = z.object({
  _data_files: z.array(z.object({ filename: z.string() })),
  _split: z.string().nullish(),
});

function filesOfSavedSplit(folder: string, options: FolderOptions): string[] {
  const state = readJson(folder, { file: "state.json", schema: stateSchema, options });
  if (options.split !== null) chooseSplit([state._split ?? "train"], options);
  // So it is written where there are no rows.
  if (state._data_files.length === 0)
    throw new DataError("the data set has no rows", {
      file: options.name,
      code: "empty_folder",
      hint: "Save it again, with rows, or name another one in `prompts`.",
    });
  return state._data_files.map(({ filename }) => join(folder, filename));
}

interface ReadJsonOptions<Schema extends z.ZodType> {
  readonly file: string;
  readonly schema: Schema;
  readonly options: FolderOptions;
}

function readJson<Schema extends z.ZodType>(folder: string, read: ReadJsonOptions<Schema>): z.infer<Schema> {
  const { file, schema, options } = read;
  try {
    return schema.parse(JSON.parse(readFileSync(join(folder, file), "utf8")));
  } catch (error) {
    const problem = error instanceof z.ZodError ? "it is not as save_to_disk writes it" : errorMessage(error);
    throw new DataError(toSafeLine(problem), {
      file: join(options.name, file),
      code: "bad_dataset",
      hint: "Save the data set again, or name its files in `prompts`.",
      cause: error,
    });
  }
}

const patterns = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

const cardSchema = z.object({
  configs: z
    .array(
      z.object({
        config_name: z.coerce.string().default("default"),
        default: z.boolean().default(false),
        data_files: z
          .union([
            patterns.transform((path) => [{ split: "train", path }]),
            z.array(z.object({ split: z.string(), path: patterns })),
          ])
          .optional(),
      }),
    )
    .min(1),
});

/** The splits that the card names, or null where it names none. */
function readCard(folder: string, { name }: FolderOptions): Splits | null {
  const front = /^---\r?\n(.*?)\r?\n---/s.exec(readFileSync(join(folder, "README.md"), "utf8"))?.[1];
  const card = front === undefined ? null : cardSchema.safeParse(parseYaml(front)).data;
  if (card == null) return null;
  const { configs } = card;
  const config = configs.find((one) => one.default || one.config_name === "default") ?? configs[0];
  if (configs.length > 1 && !(config?.default || config?.config_name === "default"))
    throw new DataError(
      `the data set has several configurations: ${configs.map((one) => toSafeLine(one.config_name, 60)).join(", ")}`,
      { file: join(name, "README.md"), code: "several_configs", hint: "Name the files of one of them in `prompts`." },
    );
  if (config?.data_files === undefined) return null;
  const splits: Splits = new Map();
  for (const { split, path } of config.data_files) {
    const files = path.flatMap((pattern) => globSync(pattern, { cwd: folder }).sort());
    if (files.length === 0)
      throw new DataError(`it names \`${toSafeLine(path.join(", "))}\`, and no file is there`, {
        file: join(name, "README.md"),
        code: "missing_file",
        hint: "Download the data set whole, with its data files.",
      });
    splits.set(split, [...(splits.get(split) ?? []), ...files]);
  }
  return splits;
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // A card that is no YAML describes no files: they go by their names.
    return null;
  }
}

/** Described elsewhere, or descriptions themselves. */
const noRows = ["dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"];

/** By the hub's names: data/train-00000-of-00004.parquet, test.csv, validation/part.jsonl; all are one split where some have no such name. */
function splitsByName(folder: string): Splits {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter(
      (file) => isTableFile(file) && !file.split("/").some((part) => part.startsWith(".") || noRows.includes(part)),
    )
    .sort();
  const names = files.map(splitNameOf);
  const isSplit = names.every((name) => name !== null);
  const splits: Splits = new Map();
  files.forEach((file, index) => {
    const split = (isSplit ? names[index] : null) ?? "train";
    splits.set(split, [...(splits.get(split) ?? []), file]);
  });
  return splits;
}

const splitWords: readonly (readonly [string, RegExp])[] = [
  ["train", /(^|[^a-z])train(ing)?([^a-z]|$)/],
  ["validation", /(^|[^a-z])(validation|valid|val|dev)([^a-z]|$)/],
  ["test", /(^|[^a-z])(test(ing)?|eval(uation)?)([^a-z]|$)/],
];

function splitNameOf(file: string): string | null {
  const shard = /(?:^|\/)([\w.]+(?:-[\w.]+)*?)-\d{5}-of-\d{5}[^/]*$/.exec(file)?.[1];
  if (shard !== undefined) return shard;
  return splitWords.find(([, pattern]) => pattern.test(file.toLowerCase()))?.[0] ?? null;
}
