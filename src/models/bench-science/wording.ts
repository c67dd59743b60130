import { type DilutionRequest, type DilutionSolution, type DivisionStep, solve, vesselFor } from "./task.ts";

/**
 * Renders `48 / 5 = 9 rest 3` for each digit of the dividend. The first number is the rest so far and the next digit, and so always has
 * two digits (`07`): lines of one width are easier for a small student to find its place in (docs/experiments.md).
 */
export function formatSteps(steps: readonly DivisionStep[], factor: number): string {
  return steps
    .map(({ dividend, quotient, remainder }) => {
      return `${String(dividend).padStart(2, "0")} / ${factor} = ${quotient} rest ${remainder}`;
    })
    .join(", ");
}

/** Renders `60 mM / 12 mM = 5`. */
export function formatFactor(request: DilutionRequest, factor: number): string {
  return `${request.stockMillimolar} mM / ${request.finalMillimolar} mM = ${factor}`;
}

/** What the hands do, with the volumes worked out before. */
export function formatProcedure(request: DilutionRequest, stockVolume: number): string {
  const { volume, unit, solute, purpose } = request;
  return (
    `Measure ${stockVolume} ${unit} of the ${solute} stock, bring it to ${volume} ${unit} with buffer, mix gently, ` +
    `label the ${vesselFor(unit)} with the solute, the concentration and the date, and use it for the ${purpose}.`
  );
}

/** The parts of a good answer; a defect replaces one of them. */
export interface AnswerParts {
  readonly factor: string;
  readonly division: string;
  readonly stockVolume: number;
  readonly procedure: string;
}

export function answerParts(request: DilutionRequest, solution: DilutionSolution = solve(request)): AnswerParts {
  return {
    factor: formatFactor(request, solution.factor),
    division: `${request.volume} by ${solution.factor}: ${formatSteps(solution.steps, solution.factor)}`,
    stockVolume: solution.stockVolume,
    procedure: formatProcedure(request, solution.stockVolume),
  };
}

/** Puts the parts together as prose, or as one JSON object where the request asks for it. */
export function formatAnswer(request: DilutionRequest, parts: AnswerParts): string {
  const { factor, division, stockVolume, procedure } = parts;
  if (request.expectsJson) {
    return (
      `{"factor": ${JSON.stringify(factor)}, "division": ${JSON.stringify(division)}, "stock_volume": ${stockVolume}, ` +
      `"unit": ${JSON.stringify(request.unit)}, "procedure": ${JSON.stringify(procedure)}}`
    );
  }
  return `The dilution factor is ${factor}. Divide ${division}. The stock volume is ${stockVolume} ${request.unit}. ${procedure}`;
}
