/** One stock dilution as a person at the bench would ask for it. */
export interface DilutionRequest {
  /** Final volume in `unit`. */
  readonly volume: number;
  readonly unit: VolumeUnit;
  /** Concentration asked for, in mM. */
  readonly finalMillimolar: number;
  /** Concentration of the stock at hand, in mM: `finalMillimolar` times the dilution factor. */
  readonly stockMillimolar: number;
  readonly solute: string;
  readonly purpose: string;
  /** Whether the answer is to be one JSON object. */
  readonly expectsJson: boolean;
}

export const volumeUnits = ["mL", "µL"] as const;
export type VolumeUnit = (typeof volumeUnits)[number];

export const dilutionFactors = [2, 4, 5, 8, 10] as const;

/** Smallest and largest final volume, in the request's unit. */
export const volumeRange = { min: 30, max: 9999 } as const;

/** Smallest and largest final concentration, in mM. */
export const finalMillimolarRange = { min: 1, max: 12 } as const;

export const solutes = [
  "glucose",
  "sucrose",
  "lactose",
  "glycine",
  "imidazole",
  "urea",
  "HEPES",
  "EDTA",
  "sodium chloride",
  "potassium chloride",
] as const;

// None of these holds an action verb of the gate, so that an answer without one can be told from a good answer.
export const purposes = [
  "western blot",
  "ELISA",
  "PCR",
  "enzyme assay",
  "protein assay",
  "gel stain",
  "titration",
  "growth medium",
] as const;

/** The vessel that the label goes on. */
export function vesselFor(unit: VolumeUnit): string {
  return unit === "mL" ? "bottle" : "tube";
}

/** The words that ask for JSON, as they end a prompt. */
export const jsonSuffix = " Answer as JSON.";

/** Writes the request as the prompt that the teacher, the verifier and the student know. */
export function formatPrompt(request: DilutionRequest): string {
  const { volume, unit, finalMillimolar, stockMillimolar, solute, purpose } = request;
  return (
    `Prepare ${volume} ${unit} of ${finalMillimolar} mM ${solute} from a ${stockMillimolar} mM stock for the ${purpose}.` +
    (request.expectsJson ? jsonSuffix : "")
  );
}

const promptPattern =
  /^Prepare (\d{1,4}) (mL|µL) of (\d{1,2}) mM ([A-Za-z ]{1,24}) from a (\d{1,3}) mM stock for the ([A-Za-z ]{1,24})\.( Answer as JSON\.)?$/;

/** Reads a prompt back into its parameters; null for anything that is not a solvable request of this task. */
export function parseRequest(prompt: string): DilutionRequest | null {
  const match = promptPattern.exec(prompt);
  if (match === null) return null;
  const [, volume, unit, finalMillimolar, solute, stockMillimolar, purpose, json] = match;
  const request: DilutionRequest = {
    volume: Number(volume),
    unit: unit as VolumeUnit,
    finalMillimolar: Number(finalMillimolar),
    stockMillimolar: Number(stockMillimolar),
    solute: solute ?? "",
    purpose: purpose ?? "",
    expectsJson: json !== undefined,
  };
  return isSolvable(request) && formatPrompt(request) === prompt ? request : null;
}

function isSolvable({ volume, finalMillimolar, stockMillimolar, solute, purpose }: DilutionRequest): boolean {
  const factor = stockMillimolar / finalMillimolar;
  return (
    volume >= volumeRange.min &&
    volume <= volumeRange.max &&
    finalMillimolar >= finalMillimolarRange.min &&
    finalMillimolar <= finalMillimolarRange.max &&
    (dilutionFactors as readonly number[]).includes(factor) &&
    volume % factor === 0 &&
    (solutes as readonly string[]).includes(solute) &&
    (purposes as readonly string[]).includes(purpose)
  );
}

/** One line of a long division: `dividend / divisor = quotient rest remainder`. */
export interface DivisionStep {
  readonly dividend: number;
  readonly quotient: number;
  readonly remainder: number;
}

export interface DilutionSolution {
  readonly factor: number;
  readonly steps: readonly DivisionStep[];
  /** Volume of stock to take, in the request's unit. */
  readonly stockVolume: number;
}

/** Works the dilution out, digit by digit as on paper. */
export function solve(request: DilutionRequest): DilutionSolution {
  const factor = request.stockMillimolar / request.finalMillimolar;
  const steps: DivisionStep[] = [];
  let carried = 0;
  for (const digit of String(request.volume)) {
    const dividend = carried * 10 + Number(digit);
    const quotient = Math.floor(dividend / factor);
    carried = dividend % factor;
    steps.push({ dividend, quotient, remainder: carried });
  }
  return { factor, steps, stockVolume: request.volume / factor };
}

/** The numbers that decide the split: requests that share them must land on the same side. */
export function groupOf(request: DilutionRequest): string {
  return `${request.volume}/${request.stockMillimolar / request.finalMillimolar}`;
}
