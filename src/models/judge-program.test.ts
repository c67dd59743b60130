import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseModel } from "./choose-model.ts";
import { locateModel } from "./describe-model.ts";
import { judgeMessages } from "./judge-request.ts";
import { resolveModel } from "./resolve-model.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "nexa-program-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const name = "program:./check.ts";

function resolve(source: string) {
  writeFileSync(join(dir, "check.ts"), source);
  return resolveModel(name, { models: {}, env: {}, dir });
}

async function ask({ languageModel }: { languageModel: LanguageModelV4 }, answer: string): Promise<unknown> {
  const messages = judgeMessages({ rubric: "Judge.", judged: { request: "Add 2 and 2.", answer } });
  const { content } = await languageModel.doGenerate({
    prompt: messages.map(({ role, content }) =>
      role === "system" ? { role, content } : { role: "user", content: [{ type: "text", text: content }] },
    ),
  });
  return JSON.parse(content[0]?.type === "text" ? content[0].text : "");
}

describe("a judge program", () => {
  it("is a free model of this process, and is shown request, answer and reference", async () => {
    const model = await resolve(`
      export async function judge({ request, answer, reference }: { request: string; answer: string; reference: string | null }) {
        return { score: answer === "4" ? 1 : 0, scores: { sum: 0.5 }, flags: [], rationale: \`\${request} \${reference}\` };
      }`);
    expect(model).toMatchObject({ name, isFree: true, isLocal: true, provider: "program", hasKey: true });
    expect(await ask(model, "4")).toEqual({
      score: 1,
      scores: { sum: 0.5 },
      flags: [],
      rationale: "Add 2 and 2. null",
    });
  });

  it("needs to give a score alone", async () => {
    const model = await resolve("export const judge = ({ answer }) => ({ score: Number(answer.includes('4')) });");
    expect(await ask(model, "4")).toEqual({ score: 1, scores: {}, flags: [], rationale: "" });
  });

  it("is another model once its file has changed, and the same one for the same file", async () => {
    const first = await resolve("export const judge = () => ({ score: 0.1 });");
    const second = await resolve("export const judge = () => ({ score: 0.2 });");
    expect(first.identity).toMatch(/^program@[0-9a-f]{64}$/);
    expect(second.identity).not.toBe(first.identity);
    expect([await ask(first, ""), await ask(second, "")]).toMatchObject([{ score: 0.1 }, { score: 0.2 }]);
    const again = await resolve("export const judge = () => ({ score: 0.1 });");
    expect(again.identity).toBe(first.identity);
    expect(await locateModel(name, { models: {}, dir })).toMatchObject({ identity: first.identity });
  });

  it("that throws is named with its error and the place in its file", async () => {
    const model = await resolve(
      "export function judge({ answer }) {\n  throw new TypeError('no \\x1b[31m' + answer);\n}",
    );
    const asked = ask(model, "9");
    await expect(asked).rejects.toMatchObject({ code: "judge_program", exitCode: 4 });
    await expect(asked).rejects.toThrow(
      /^The judge program:\.\/check\.ts failed: TypeError: no 9 \(.*check\.ts.*:2:\d+\)$/,
    );
  });

  it.each([
    ["nothing", "undefined", "what it gave"],
    ["a score of ten", "{ score: 10 }", "`score`"],
    ["a score that is no number", "{ score: NaN }", "`score`"],
    ["flags as text", '{ score: 1, flags: "none" }', "`flags`"],
    ["a key too many", "{ score: 1, mood: 1 }", "mood"],
  ])("that gives %s is told what is wrong", async (_what, value, place) => {
    const model = await resolve(`export const judge = () => (${value});`);
    await expect(ask(model, "")).rejects.toMatchObject({
      code: "judge_program",
      message: expect.stringContaining(place),
    });
  });

  it.each([
    ["is not there", null, "there is no such file"],
    ["is not a program", "export const judge = (;", "cannot be loaded"],
    ["exports something else", "export const rule = 1; export default () => ({});", "only `default`, `rule`"],
  ])("that %s ends with exit 2 and what to do", async (_what, source, why) => {
    const resolving = source === null ? resolveModel(name, { models: {}, env: {}, dir }) : resolve(source);
    await expect(resolving).rejects.toMatchObject({
      exitCode: 2,
      code: "bad_program",
      message: expect.stringContaining(why),
    });
  });

  it("is a judge, never a teacher", async () => {
    const options = { model: name, offline: null, budgetUsd: null, models: {}, env: {} };
    await expect(chooseModel({ role: "teacher", ...options })).rejects.toMatchObject({ exitCode: 2 });
    expect(await chooseModel({ role: "judge", ...options })).toMatchObject({ model: name, isOffline: false });
  });
});
