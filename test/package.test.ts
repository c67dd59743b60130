import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";

interface PackageJson {
  name: string;
  bin: Record<string, string>;
  engines: { node: string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
}
interface LockFile {
  packages: Record<
    string,
    { version?: string; deprecated?: string; hasInstallScript?: boolean; resolved?: string; dev?: boolean }
  >;
}

const packageJson = JSON.parse(await readFile("package.json", "utf8")) as PackageJson;
const lockFile = JSON.parse(await readFile("package-lock.json", "utf8")) as LockFile;

describe("package.json", () => {
  test("names every runtime dependency that docs/dependencies.md explains, and no other", async () => {
    const page = await readFile("docs/dependencies.md", "utf8");
    const explained = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]);
    expect(explained.sort()).toEqual(Object.keys(packageJson.dependencies).sort());
  });

  test("pins every direct dependency to one version", () => {
    const versions = Object.values({ ...packageJson.dependencies, ...packageJson.devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  test("asks for Node 24 and brings it for the checkout", () => {
    expect(packageJson.engines.node).toBe(">=24");
    expect(packageJson.devDependencies.node).toMatch(/^24\./);
    expect(packageJson.bin).toEqual({ nexa: "bin/nexa.js" });
  });
});

describe("package-lock.json", () => {
  const installed = Object.entries(lockFile.packages).filter(([path]) => path !== "");

  test("holds no deprecated package and no download address", () => {
    expect(installed.filter(([, entry]) => entry.deprecated !== undefined)).toEqual([]);
    expect(installed.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
  });

  test("lets only the Node binary run a script at install time", () => {
    const withScripts = installed.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path);
    expect(withScripts.filter((path) => path !== "node_modules/node" && path !== "node_modules/fsevents")).toEqual([]);
    expect(Object.keys(packageJson.allowScripts)).toEqual(["node"]);
  });
});
