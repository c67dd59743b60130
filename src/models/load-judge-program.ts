import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { errorMessage, toSafeLine, UsageError } from "../core/index.ts";
import {
  type JudgeProgram,
  JudgeProgramError,
  locationOf,
  type ProgramFile,
  type ProgramVerdict,
  readProgram,
  unusableProgram,
} from "./judge-program.ts";
import { caseMessage, type JudgeCase, parseJudgeMessages } from "./judge-request.ts";
import { createLocalModel } from "./local-model.ts";
import { freePrice } from "./price.ts";
import type { ResolvedModel } from "./resolved-model.ts";
import { flagsShape, scoreShape } from "./verdict-shape.ts";

const verdictSchema = z.strictObject({
  score: scoreShape,
  scores: z.record(z.string(), scoreShape).default({}),
  flags: flagsShape.default([]),
  rationale: z.string().default(""),
});

/** @throws UsageError (exit 2) for a module that cannot be loaded, or that exports no function `judge`. */
export async function loadProgramModel(name: string, dir: string): Promise<ResolvedModel> {
  const file = await readProgram(name, dir);
  const judge = await importJudge(name, file);
  return {
    ...locationOf(name, file),
    price: freePrice,
    contextTokens: null,
    languageModel: createLocalModel({
      modelId: name,
      async answer({ messages }) {
        const text = JSON.stringify(await judgeCase(name, { judge, file, judged: parseJudgeMessages(messages) }));
        return { text, finishReason: "stop", promptTokens: null, completionTokens: null };
      },
    }),
    maxConcurrency: 64,
    listModels: null,
    findBaseUrl: null,
    loadBatchApi: null,
  };
}

/** Under an address of its own for each version of the file, as a module is loaded once by its address. */
async function importJudge(name: string, { path, sha256 }: ProgramFile): Promise<JudgeProgram> {
  let exports: Record<string, unknown>;
  try {
    exports = (await import(/* @vite-ignore */ `${pathToFileURL(path).href}?${sha256}`)) as Record<string, unknown>;
  } catch (error) {
    throw unusableProgram(name, `it cannot be loaded (${toSafeLine(errorMessage(error), 160)})`);
  }
  if (typeof exports.judge === "function") return exports.judge as JudgeProgram;
  const names = Object.keys(exports)
    .toSorted()
    .map((key) => `\`${toSafeLine(key, 40)}\``);
  throw unusableProgram(
    name,
    `it exports no function \`judge\`${names.length === 0 ? "" : `, only ${names.join(", ")}`}`,
  );
}

async function judgeCase(
  program: string,
  { judge, file, judged }: { judge: JudgeProgram; file: ProgramFile; judged: Required<JudgeCase> | null },
): Promise<ProgramVerdict> {
  if (judged === null) throw new UsageError(`${program} is a judge, and was asked something else`);
  const asked = caseMessage(judged).content;
  let given: unknown;
  try {
    given = await judge(judged);
  } catch (error) {
    throw new JudgeProgramError({ program, why: describeCrash(error, file), asked, cause: error });
  }
  const checked = verdictSchema.safeParse(given);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? "what it gave" : `\`${issue.path.join(".")}\``;
  throw new JudgeProgramError({ program, why: `${toSafeLine(place, 80)}: ${issue?.message ?? "no verdict"}`, asked });
}

/** What was thrown, and where in the program's own file. */
function describeCrash(error: unknown, { path, sha256 }: ProgramFile): string {
  if (!(error instanceof Error)) return toSafeLine(String(error), 300);
  const place = error.stack?.split(`?${sha256}:`)[1]?.match(/^\d+:\d+/)?.[0];
  const where = place === undefined ? "" : ` (${basename(path)}:${place})`;
  return `${toSafeLine(`${error.name}: ${error.message}`, 300)}${where}`;
}
