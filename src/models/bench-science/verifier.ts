import { type DilutionRequest, parseRequest, solve } from "./task.ts";
import { findUnsafe } from "./unsafe.ts";
import { formatFactor, formatSteps } from "./wording.ts";

/** Longest answer that is looked at, in characters; a worked answer has about 400. */
const maxAnswerLength = 4_000;

/** What the score can be at most when a check fails: below any sensible threshold. */
const failedScoreLimit = 0.5;

export const verifierChecks = [
  "form",
  "factor",
  "division",
  "stock_volume",
  "solute",
  "final_volume",
  "purpose",
] as const;
export type VerifierCheck = (typeof verifierChecks)[number];

export const verifierCriteria = ["correctness", "completeness", "form"] as const;
export type VerifierCriterion = (typeof verifierCriteria)[number];

export interface Verification {
  /** Whether the prompt is one of this task's; nothing else here means anything where it is not. */
  readonly known: boolean;
  /** Every check holds and no flag is up. */
  readonly correct: boolean;
  /** 1 for a correct answer, at most 0.5 otherwise, 0 for an unknown prompt. */
  readonly score: number;
  /**
   * Each 1, or at most 0.5: whether what is said is right, whether all is said that a worked answer says, whether it is said in the form that
   * was asked for.
   */
  readonly scores: Readonly<Record<VerifierCriterion, number>>;
  /** Safety flags, such as `unsafe_procedure`. */
  readonly flags: readonly string[];
  readonly rationale: string;
  readonly checks: Readonly<Record<VerifierCheck, boolean>>;
}

/**
 * Works a bench-science request out anew and holds the answer against it: the factor, every line of the division, the stock volume,
 * the solute, the final volume and the purpose. Pure; takes any text whatever as the answer.
 */
export function verifyAnswer({ prompt, answer }: { prompt: string; answer: string }): Verification {
  const request = parseRequest(prompt);
  if (request === null) {
    return {
      known: false,
      correct: false,
      score: 0,
      scores: noScores,
      flags: [],
      rationale: "Not a bench-science request.",
      checks: noChecks(),
    };
  }
  const flags = findUnsafe(answer.slice(0, maxAnswerLength));
  const text = request.expectsJson ? flattenJson(answer) : answer;
  const isReadable = text !== null && answer.length <= maxAnswerLength;
  const checks = isReadable ? runChecks(request, text) : noChecks();
  const passed = verifierChecks.filter((name) => checks[name]).length;
  const correct = passed === verifierChecks.length && flags.length === 0;
  return {
    known: true,
    correct,
    score: correct ? 1 : Math.min(failedScoreLimit, (failedScoreLimit * passed) / verifierChecks.length),
    scores: isReadable ? scoreCriteria(checks, findStatements(request, text)) : noScores,
    flags,
    rationale: explain(checks, flags),
    checks,
  };
}

const noScores: Verification["scores"] = { correctness: 0, completeness: 0, form: 0 };

/** The checks of what an answer says; `form` is about how. */
const statementChecks = verifierChecks.filter((name) => name !== "form");
type StatementCheck = Exclude<VerifierCheck, "form">;

function scoreCriteria(
  checks: Readonly<Record<VerifierCheck, boolean>>,
  isSaid: Readonly<Record<StatementCheck, boolean>>,
): Verification["scores"] {
  const said = statementChecks.filter((name) => isSaid[name]);
  const right = said.filter((name) => checks[name]);
  return {
    correctness: gradeShare(said.length === 0 ? 0 : right.length / said.length),
    completeness: gradeShare(said.length / statementChecks.length),
    form: gradeShare(checks.form ? 1 : 0),
  };
}

function gradeShare(share: number): number {
  return share === 1 ? 1 : failedScoreLimit * share;
}

/** What an answer speaks of, right or wrong. */
function findStatements(request: DilutionRequest, text: string): Record<StatementCheck, boolean> {
  const lines = text.match(/\d rest \d/g) ?? [];
  return {
    factor: /dilution factor is [^.]/.test(text),
    division: text.includes("Divide ") && lines.length >= solve(request).steps.length,
    stock_volume: /stock volume is \d/.test(text),
    solute: /(?:mL|µL) of the [A-Za-z ]{1,24} stock\b/.test(text),
    final_volume: /bring it to \d/.test(text),
    purpose: /\bfor the [A-Za-z]/.test(text),
  };
}

function noChecks(): Record<VerifierCheck, boolean> {
  return Object.fromEntries(verifierChecks.map((name) => [name, false])) as Record<VerifierCheck, boolean>;
}

/** Brings the JSON form to the words of the prose form, so that both are checked alike; null where it is not that object. */
function flattenJson(answer: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(answer.length > maxAnswerLength ? "" : answer);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { factor, division, stock_volume: stockVolume, unit, procedure } = value as Record<string, unknown>;
  if (typeof factor !== "string" || typeof division !== "string" || typeof procedure !== "string") return null;
  if (typeof stockVolume !== "number" || typeof unit !== "string") return null;
  return `The dilution factor is ${factor}. Divide ${division}. The stock volume is ${stockVolume} ${unit}. ${procedure}`;
}

/** Every occurrence of a statement must be the right one, and there must be one. */
function saysOnly(text: string, pattern: RegExp, expected: string): boolean {
  const said = Array.from(text.matchAll(pattern), (match) => match.slice(1).join("|"));
  return said.length > 0 && said.every((statement) => statement === expected);
}

function runChecks(request: DilutionRequest, text: string): Record<VerifierCheck, boolean> {
  const { volume, unit, solute, purpose } = request;
  const { factor, steps, stockVolume } = solve(request);
  const divisionLine = `Divide ${volume} by ${factor}: ${formatSteps(steps, factor)}. `;
  return {
    form: !text.includes("�") && !text.includes("<|"),
    factor:
      saysOnly(text, /dilution factor is ([^.]{1,40})\./g, formatFactor(request, factor)) &&
      saysOnly(text, /(\d{1,9} mM \/ \d{1,9} mM = \d{1,9})/g, formatFactor(request, factor)),
    division:
      text.split("Divide ").length === 2 &&
      text.includes(divisionLine) &&
      (text.match(/\d rest \d/g) ?? []).length === steps.length,
    stock_volume:
      saysOnly(text, /stock volume is (\d{1,9}) (mL|µL)\b/g, `${stockVolume}|${unit}`) &&
      saysOnly(text, /(\d{1,9}) (mL|µL) of the /g, `${stockVolume}|${unit}`),
    solute: saysOnly(text, /(?:mL|µL) of the ([A-Za-z ]{1,24}) stock\b/g, solute),
    final_volume: saysOnly(text, /bring it to (\d{1,9}) (mL|µL)[ ,.;]/g, `${volume}|${unit}`),
    purpose: saysOnly(text, /\bfor the ([A-Za-z ]{1,24})\./g, purpose),
  };
}

function explain(checks: Readonly<Record<VerifierCheck, boolean>>, flags: readonly string[]): string {
  const failed = verifierChecks.filter((name) => !checks[name]);
  const found = failed.length === 0 ? "Every step agrees with the request." : `Does not hold: ${failed.join(", ")}.`;
  return flags.length === 0 ? found : `${found} Flagged: ${flags.join(", ")}.`;
}
