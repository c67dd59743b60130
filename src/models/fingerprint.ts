import { hashJson } from "../core/index.ts";
import { type DilutionRequest, formatPrompt, teacherAnswer, verifyAnswer } from "./bench-science/index.ts";

export const benchScienceName = "nexa:bench-science";
export const verifierName = "nexa:verifier";

/** The models that are procedures of this package. */
export type ProceduralName = typeof benchScienceName | typeof verifierName;

export function isProcedural(name: string): name is ProceduralName {
  return name === benchScienceName || name === verifierName;
}

/** The name of a procedural model with a hash of what it says to fixed requests, so that a changed procedure is another model to the ledger. */
export function fingerprintOf(name: ProceduralName): string {
  const spoken = probeRequests().flatMap((request) => {
    const prompt = formatPrompt(request);
    const answers = [0, 1].map((sample) => teacherAnswer({ prompt, sample })?.text ?? "");
    if (name === benchScienceName) return answers;
    return answers.map((answer) => JSON.stringify(verifyAnswer({ prompt, answer })));
  });
  return `${name}@${hashJson(spoken).slice(0, 16)}`;
}

/** Enough requests that every kind of answer and nearly every seeded defect is among the answers. */
function probeRequests(): DilutionRequest[] {
  return Array.from({ length: 64 }, (_, index) => ({
    volume: 40 * (1 + index * 3),
    unit: index % 3 === 0 ? "µL" : "mL",
    finalMillimolar: 1 + (index % 12),
    stockMillimolar: (1 + (index % 12)) * ([2, 4, 5, 8, 10][index % 5] ?? 2),
    solute: index % 2 === 0 ? "glucose" : "EDTA",
    purpose: index % 4 < 2 ? "PCR" : "enzyme assay",
    expectsJson: index % 2 === 1,
  }));
}
