import { readFile, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import { ConfigError, systemErrorCode } from "../core/errors.ts";
import type { DistillConfig } from "./distill-schema.ts";
import { configDocuments, type DocumentName } from "./documents.ts";
import type { FiltersConfig } from "./filters-schema.ts";
import type { NexaConfig } from "./nexa-schema.ts";
import { assignOverrides } from "./overrides.ts";
import { locateKey, parseConfig } from "./parse-document.ts";
import type { TrainConfig } from "./train-schema.ts";

/** A project folder with its four documents read, checked and completed with the defaults. */
export interface Project {
  /** Absolute. */
  readonly dir: string;
  readonly distill: DistillConfig;
  readonly filters: FiltersConfig;
  readonly train: TrainConfig;
  readonly nexa: NexaConfig;
  /** The filters and train documents' paths, relative to `dir` where they lie inside. */
  readonly filtersConfigPath: string;
  readonly trainConfigPath: string;
  /** The `--set` words that were laid over the files. */
  readonly overrides: readonly string[];
  /** Absolute path of a project-relative one; an absolute one stays as it is. */
  path(...parts: string[]): string;
}

export interface LoadProjectOptions {
  readonly dir: string;
  readonly overrides?: readonly string[] | undefined;
  /** Another filters document, e.g. filters.original.yaml; relative to the current folder. */
  readonly filtersConfigPath?: string | undefined;
  /** Another train document, e.g. of `run_training.sh CONFIG`; relative to the current folder. */
  readonly trainConfigPath?: string | undefined;
}

/** @throws ConfigError or UsageError (exit 2) for a missing folder or file, a typo, or a value out of range. */
export async function loadProject(options: LoadProjectOptions): Promise<Project> {
  const { dir, overrides = [] } = options;
  const root = resolve(dir);
  await assertProjectFolder(root);
  const assigned = assignOverrides(overrides);
  const named: NamedDocuments = {
    filters: nameDocument("--filters", options.filtersConfigPath),
    train: nameDocument("--config", options.trainConfigPath),
  };
  const pathOf = (name: DocumentName): string => {
    const given = named[name]?.path;
    return given === undefined ? configDocuments[name].path : shortenPath(root, resolve(given));
  };
  const load = async <Name extends DocumentName>(name: Name) =>
    parseConfig(await readConfigText(root, pathOf(name), named[name]), {
      file: pathOf(name),
      schema: configDocuments[name].schema,
      overrides: assigned[name],
    });
  const [distill, filters, train, nexa] = await Promise.all([
    load("distill"),
    load("filters"),
    load("train"),
    load("nexa"),
  ]);
  return {
    dir: root,
    distill: distill as DistillConfig,
    filters: filters as FiltersConfig,
    train: train as TrainConfig,
    nexa: nexa as NexaConfig,
    filtersConfigPath: pathOf("filters"),
    trainConfigPath: pathOf("train"),
    overrides,
    path: (...parts) => resolve(root, ...parts),
  };
}

/** A document that the command line names in the place of the project's, and by which option. */
interface NamedDocument {
  readonly option: string;
  readonly path: string;
}

type NamedDocuments = { readonly [Name in DocumentName]?: NamedDocument | undefined };

function nameDocument(option: string, path: string | undefined): NamedDocument | undefined {
  return path === undefined ? undefined : { option, path };
}

/**
 * The project folder's absolute path, for commands that must work while a document is broken: its stages may run.
 * @throws ConfigError (exit 2) where there is no folder, or none with a nexa.yaml.
 */
export async function findProjectDir(dir: string): Promise<string> {
  const root = resolve(dir);
  await assertProjectFolder(root);
  await readConfigText(root, configDocuments.nexa.path);
  return root;
}

async function assertProjectFolder(root: string): Promise<void> {
  const found = await stat(root).catch(() => null);
  if (found?.isDirectory()) return;
  throw new ConfigError("no such project folder", {
    file: root,
    hint: "Make one with `nexa init DIR`, or name another with -C DIR.",
  });
}

/** Where a key's value comes from, for messages: "nexa.yaml:12", or the word of `--set`. */
export async function describeKeyPlace(
  project: Project,
  document: DocumentName,
  path: readonly string[],
): Promise<string> {
  const { filtersConfigPath: filters, trainConfigPath: train } = project;
  const named: { readonly [Name in DocumentName]?: string } = { filters, train };
  const file = named[document] ?? configDocuments[document].path;
  const text = await readFile(project.path(file), "utf8");
  const overrides = assignOverrides(project.overrides)[document];
  const { file: place, line } = locateKey(text, { file, path, overrides });
  return line === undefined ? place : `${place}:${line}`;
}

async function readConfigText(root: string, path: string, named?: NamedDocument): Promise<string> {
  const absolute = isAbsolute(path) ? path : join(root, path);
  let bytes: Buffer;
  try {
    bytes = await readFile(absolute);
  } catch (error) {
    const isMissing = systemErrorCode(error) === "ENOENT";
    throw new ConfigError(isMissing ? "the file is missing" : `the file cannot be read (${systemErrorCode(error)})`, {
      file: path,
      hint: isMissing ? missingHint(root, named) : undefined,
      cause: error,
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError("the file is not UTF-8 text", { file: path, hint: "Save it as UTF-8.", cause: error });
  }
}

function missingHint(root: string, named: NamedDocument | undefined): string {
  return named === undefined
    ? `Is ${root} a project folder? \`nexa init DIR\` makes one with every file; -C DIR names one.`
    : `${named.option} ${named.path} names it: check the path, which is relative to the current folder.`;
}

/** A path as people know it: relative to the folder where it lies inside, else as it is. */
export function shortenPath(root: string, path: string): string {
  const inside = relative(root, path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}
