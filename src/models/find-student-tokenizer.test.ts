import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findStudentTokenizer } from "./find-student-tokenizer.ts";

describe("the student's tokenizer", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "nexa-hub-"));
    const hub = join(dir, "hub/models--owner--small");
    mkdirSync(join(hub, "refs"), { recursive: true });
    mkdirSync(join(hub, "snapshots/abc"), { recursive: true });
    writeFileSync(join(hub, "refs/main"), "abc\n");
    writeFileSync(join(hub, "snapshots/abc/tokenizer.json"), "{}");
    mkdirSync(join(dir, "mine"));
    writeFileSync(join(dir, "mine/tokenizer.json"), "{}");
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it("is looked for in the project and in the Hugging Face cache", async () => {
    const find = (model: string) => findStudentTokenizer(model, { dir, env: { HF_HOME: dir } });
    expect(await find("nexa:tiny")).toBe("nexa:tiny");
    expect(await find("owner/small")).toBe(join(dir, "hub/models--owner--small/snapshots/abc"));
    expect(await find("mine")).toBe(join(dir, "mine"));
    expect(await find("owner/other")).toBeNull();
  });
});
