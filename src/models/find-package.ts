import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** A package as it is installed somewhere. */
export interface InstalledPackage {
  readonly version: string;
  /** Of its main module, for `import()`. */
  readonly url: string;
}

/** Looks for a package from the project's folder upwards, then from here; null where neither has it. */
export function findPackage(name: string, projectDir: string): InstalledPackage | null {
  return findFrom(name, pathToFileURL(join(resolve(projectDir), "package.json"))) ?? findFrom(name, import.meta.url);
}

function findFrom(name: string, base: string | URL): InstalledPackage | null {
  const file = findFile(name, base);
  if (file === undefined) return null;
  const { version = "", exports, module, main } = JSON.parse(readFileSync(file, "utf8")) as PackageFile;
  const entry = mainExport(exports) ?? module ?? main ?? "index.js";
  return { version, url: pathToFileURL(join(dirname(file), entry)).href };
}

function findFile(name: string, base: string | URL): string | undefined {
  try {
    return findPackageJSON(name, base);
  } catch {
    // It throws where there is no such package, and says so in other words from version to version of Node.
    return undefined;
  }
}

interface PackageFile {
  readonly version?: string;
  readonly exports?: Exports;
  readonly module?: string;
  readonly main?: string;
}

type Exports = string | null | readonly Exports[] | { readonly [key: string]: Exports };

/** The file that `import` of the package's own name loads, by the conditions that Node obeys. */
function mainExport(exports: Exports | undefined): string | undefined {
  if (typeof exports === "string") return exports;
  if (exports === undefined || exports === null) return undefined;
  if (Array.isArray(exports)) return exports.map(mainExport).find((file) => file !== undefined);
  for (const [key, value] of Object.entries(exports)) {
    if (![".", "node", "import", "module-sync", "default"].includes(key)) continue;
    const file = mainExport(value);
    if (file !== undefined) return file;
  }
  return undefined;
}
