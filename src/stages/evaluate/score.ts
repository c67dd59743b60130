import { canonicalJson, type Json } from "../../core/index.ts";
import { type Verification, verifierChecks, verifyAnswer } from "../../models/bench-science/index.ts";
import { normalizeText, type TeacherOutputRow } from "../../records/index.ts";

/** What one answer is worth. */
export interface Score {
  /** Null where no program can tell. */
  readonly isCorrect: boolean | null;
  /** The first thing that is wrong: `no_answer`, `invalid_json`, `mismatch`, `safety_flag` or one of the verifier's checks; null otherwise. */
  readonly failure: string | null;
  /** For people: what agrees or does not. */
  readonly note: string;
}

/** What the scorer needs to know of a prompt. */
export type ScoredPrompt = Pick<TeacherOutputRow, "prompt" | "expects_json" | "reference">;

/**
 * Checks one answer: worked bench-science answers step by step, prompts with a reference by comparing with it.
 * Correct means that the whole answer holds, and that it parses where JSON was asked for.
 */
export function scoreAnswer(prompt: ScoredPrompt, answer: string | null): Score {
  const verification = verifyAnswer({ prompt: prompt.prompt, answer: answer ?? "" });
  if (!verification.known && prompt.reference === null) {
    return { isCorrect: null, failure: null, note: "Not measured: no program can check this answer." };
  }
  if (answer === null || answer.trim() === "") return wrong("no_answer", "There is no answer.");
  if (prompt.expects_json && !isJson(answer))
    return wrong("invalid_json", "JSON was asked for, and this does not parse.");
  if (verification.known) return fromVerification(verification);
  return isSameAnswer(answer, prompt.reference ?? "")
    ? { isCorrect: true, failure: null, note: "Equals the reference." }
    : wrong("mismatch", "Differs from the reference.");
}

/** The score of an answer that is not looked at. */
export const uncheckedScore: Score = {
  isCorrect: null,
  failure: null,
  note: "Not measured: checks are off (evaluation.checks).",
};

function wrong(failure: string, note: string): Score {
  return { isCorrect: false, failure, note };
}

function fromVerification({ correct, checks, rationale }: Verification): Score {
  if (correct) return { isCorrect: true, failure: null, note: rationale };
  return wrong(verifierChecks.find((name) => !checks[name]) ?? "safety_flag", rationale);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Equal but for case, white space and Unicode form; JSON on both sides is compared as values. */
function isSameAnswer(answer: string, reference: string): boolean {
  if (normalize(answer) === normalize(reference)) return true;
  const expected = canonicalForm(reference);
  return expected !== null && expected === canonicalForm(answer);
}

/** Null for what is no JSON, and for what is nested too deeply to be written out again. */
function canonicalForm(text: string): string | null {
  try {
    return canonicalJson(JSON.parse(text) as Json);
  } catch {
    return null;
  }
}

function normalize(text: string): string {
  return normalizeText(text.normalize("NFKC"));
}
