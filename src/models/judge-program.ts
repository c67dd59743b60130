import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { errorMessage, JobError, sha256Text, systemErrorCode, toSafeLine, UsageError } from "../core/index.ts";
import type { JudgeCase } from "./judge-request.ts";
import { type ModelLocation, noLimits } from "./resolved-model.ts";

const prefix = "program:";
const provider = "program";

/** What a judge program says of a row. */
export interface ProgramVerdict {
  /** Overall, 0 to 1. */
  readonly score: number;
  /** By criterion, 0 to 1; the program's own criteria, whatever `judge.criteria` says. */
  readonly scores?: Readonly<Record<string, number>>;
  /** Safety flags in snake_case. */
  readonly flags?: readonly string[];
  readonly rationale?: string;
}

/**
 * A judge of the user's own: what a module named by `judge: {model: "program:./judges/check.ts"}` exports as `judge`. Its verdicts are kept by
 * the sha256 of the module's file: equal cases are judged once, until the file changes. To throw ends the stage.
 */
export type JudgeProgram = (judged: Required<JudgeCase>) => ProgramVerdict | Promise<ProgramVerdict>;

/** A judge program that threw, or gave something that is no verdict. Ends the run. */
export class JudgeProgramError extends JobError {
  /** The message that holds the case. */
  readonly asked: string;
  readonly #program: string;
  readonly #why: string;

  constructor({ program, why, asked, cause }: { program: string; why: string; asked: string; cause?: unknown }) {
    super(`The judge ${program} failed: ${why}`, {
      code: "judge_program",
      hint: "Start again where the cause has passed: what was judged is kept. A program whose file has changed judges all rows anew.",
      cause,
    });
    this.asked = asked;
    this.#program = program;
    this.#why = why;
  }

  /** @param row 0-based. */
  onRow(row: number): JobError {
    const { code, hint, cause } = this;
    return new JobError(`The judge ${this.#program} failed on row ${row + 1}: ${this.#why}`, { code, hint, cause });
  }
}

export function isJudgeProgram(model: Pick<ModelLocation, "provider">): boolean {
  return model.provider === provider;
}

export function isProgramName(name: string): boolean {
  return name.startsWith(prefix);
}

/**
 * What is known of a judge program by its name, and by its file where the folder that its path is relative to is given.
 * @throws UsageError (exit 2) for a file that cannot be read.
 */
export async function locateProgram(name: string, dir?: string): Promise<ModelLocation> {
  return locationOf(name, dir === undefined ? null : await readProgram(name, dir));
}

/** A program's module as it is on the disk. */
export interface ProgramFile {
  /** Absolute. */
  readonly path: string;
  readonly sha256: string;
}

export async function readProgram(name: string, dir: string): Promise<ProgramFile> {
  const path = resolve(dir, name.slice(prefix.length));
  try {
    return { path, sha256: sha256Text(await readFile(path, "utf8")) };
  } catch (error) {
    const why = systemErrorCode(error) === "ENOENT" ? "there is no such file" : toSafeLine(errorMessage(error), 160);
    throw unusableProgram(name, why);
  }
}

export function unusableProgram(name: string, why: string): UsageError {
  return new UsageError(`The judge ${name} cannot be used: ${why}`, {
    code: "bad_program",
    hint: "`program:` takes the path of a module (.ts or .js), relative to the project, that exports `judge({request, answer, reference})`, which gives {score, scores?, flags?, rationale?}.",
  });
}

export function locationOf(name: string, file: ProgramFile | null): ModelLocation {
  return {
    name,
    provider,
    origin: prefix,
    modelId: name,
    identity: file === null ? name : `program@${file.sha256}`,
    isFree: true,
    isLocal: true,
    providerOptions: {},
    limits: noLimits,
    needsKey: false,
    keyEnv: null,
    hasKey: true,
  };
}
