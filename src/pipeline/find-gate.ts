import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Project, shortenPath } from "../config/index.ts";
import { DataError, systemErrorCode } from "../core/index.ts";
import { parseRecord } from "../records/index.ts";
import { type Manifest, manifestPath, manifestSchema } from "../records/manifest.ts";
import type { GateFiles } from "../stages/filter/load-gate.ts";
import { fingerprintFile } from "./file-hash.ts";

/** A gate as its manifest describes it, with the files that it was sealed with. */
export interface FoundGate {
  /** The manifest's path as people know it. */
  readonly name: string;
  readonly manifest: Manifest;
  /** Absolute. */
  readonly files: GateFiles;
}

/**
 * Finds the gate of a manifest. `path` is absolute: the manifest itself, the output that it stands beside, or the folder of both.
 * @throws DataError when it is no manifest of `nexa filter`, or its files were replaced.
 */
export async function findGate(project: Project, path: string): Promise<FoundGate> {
  const file = await locateManifest(project, path);
  const name = shortenPath(project.dir, file);
  const manifest = await readGateManifest(file, name);
  const [kept, rejections] = manifest.outputs;
  if (kept === undefined || rejections === undefined) {
    throw new DataError("the manifest names no rejections", { file: name, code: "manifest", hint: whichManifest });
  }
  const locate = (output: Output) => locateOutput(project, { output, folder: dirname(file), name });
  return { name, manifest, files: { kept: await locate(kept), rejections: await locate(rejections) } };
}

/** The gate that the project has now. @throws DataError when there is none. */
export async function findPresentGate(project: Project): Promise<FoundGate> {
  const path = manifestPath(project.path(project.filters.output));
  if (await isFile(path)) return findGate(project, path);
  throw new DataError("the project has no gate to compare with", {
    file: shortenPath(project.dir, path),
    code: "missing_file",
    hint: "Run `nexa filter` first, or name two manifests: `nexa filter --diff BEFORE --diff AFTER`.",
  });
}

const whichManifest =
  "Name the manifest that stands beside a gate's kept rows, such as data/processed/distillation/filtered/filtered_v1.parquet.manifest.json.";

async function locateManifest(project: Project, path: string): Promise<string> {
  if (await isFile(manifestPath(path))) return manifestPath(path);
  const inside = join(path, manifestPath(basename(project.filters.output)));
  return (await isFile(inside)) ? inside : path;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}

async function readGateManifest(file: string, name: string): Promise<Manifest> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    const code = systemErrorCode(error);
    const problem =
      code === "ENOENT" ? "there is no such manifest" : `the manifest cannot be read (${code ?? "too large"})`;
    throw new DataError(problem, { file: name, code: "missing_file", hint: whichManifest, cause: error });
  });
  const manifest = parseRecord(text, { schema: manifestSchema, what: "manifest", file: name, hint: whichManifest });
  if (manifest.stage === "filter") return manifest;
  throw new DataError(`it is the manifest of \`nexa ${manifest.stage}\`, not of \`nexa filter\``, {
    file: name,
    code: "other_stage",
    hint: whichManifest,
  });
}

type Output = Manifest["outputs"][number];

interface SearchedOutput {
  readonly output: Output;
  /** The manifest's own folder, and its name for people. */
  readonly folder: string;
  readonly name: string;
}

/** In the project, or beside the manifest where both were copied: whichever is the file that was sealed. */
async function locateOutput(project: Project, { output, folder, name }: SearchedOutput): Promise<string> {
  const places = [project.path(output.path), join(folder, basename(output.path))];
  for (const place of places) {
    const found = await stat(place).catch(() => null);
    if (found?.size === output.bytes && (await fingerprintFile(place))?.sha256 === output.sha256) return place;
  }
  throw new DataError(`its gate is gone: ${output.path} is missing, or was replaced by another run`, {
    file: name,
    code: "gate_replaced",
    hint:
      `Each \`nexa filter\` replaces its files. To keep a gate, copy its folder (cp -r ${dirname(output.path)} FOLDER) and name the manifest ` +
      "in the copy; or let the next one be written elsewhere: `nexa filter --set filters.output=FOLDER/filtered.parquet --set filters.rejections=FOLDER/rejections.parquet`.",
  });
}
