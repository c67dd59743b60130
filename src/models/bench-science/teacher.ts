import { createHash } from "node:crypto";
import { type DefectName, defects } from "./defects.ts";
import { parseRequest } from "./task.ts";
import { answerParts, formatAnswer } from "./wording.ts";

/** One row in this many carries a seeded defect. */
const defectEvery = 8;

export interface TeacherAnswer {
  readonly text: string;
  /** The fault that was put in on purpose, for the gate to find. */
  readonly defect: DefectName | null;
}

/**
 * Answers a bench-science request; the same prompt and sample always give the same answer, about one in eight with a seeded defect.
 * Null for a prompt that is none of this task's.
 */
export function teacherAnswer({ prompt, sample }: { prompt: string; sample: number }): TeacherAnswer | null {
  const request = parseRequest(prompt);
  if (request === null) return null;
  const digest = createHash("sha256").update(`${sample}\n${prompt}`).digest();
  const parts = answerParts(request);
  if (digest.readUInt32BE(0) % defectEvery !== 0) return { text: formatAnswer(request, parts), defect: null };
  const candidates = defects.filter((defect) => request.expectsJson || !defect.needsJson);
  const defect = candidates[digest.readUInt32BE(4) % candidates.length];
  if (defect === undefined) return { text: formatAnswer(request, parts), defect: null };
  return { text: defect.write({ request, parts, roll: digest.readUInt32BE(8) }), defect: defect.name };
}
