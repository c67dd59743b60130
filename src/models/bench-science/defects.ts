import type { DilutionRequest } from "./task.ts";
import { type AnswerParts, formatAnswer } from "./wording.ts";

export const defectNames = [
  "wrong_arithmetic",
  "too_short",
  "no_action_verb",
  "citation",
  "broken_json",
  "unsafe_instruction",
] as const;

/** A fault that the offline teacher commits on purpose; the gate must find each for its own reason. */
export type DefectName = (typeof defectNames)[number];

export interface DefectInput {
  readonly request: DilutionRequest;
  readonly parts: AnswerParts;
  /** 32 random bits that choose among variants. */
  readonly roll: number;
}

export interface Defect {
  readonly name: DefectName;
  /** True where the fault only exists in an answer that should be JSON. */
  readonly needsJson: boolean;
  readonly write: (input: DefectInput) => string;
}

function pick<T>(choices: readonly [T, ...T[]], roll: number): T {
  return choices[roll % choices.length] ?? choices[0];
}

function extendProcedure({ request, parts }: DefectInput, sentence: string): string {
  return formatAnswer(request, { ...parts, procedure: `${parts.procedure} ${sentence}` });
}

/** A slip in the stock volume, carried into the procedure, or one in the last line of the division. */
function writeWrongArithmetic({ request, parts, roll }: DefectInput): string {
  const right = parts.stockVolume;
  if (roll % 4 === 3) {
    const division = parts.division.replace(
      /(\d)( rest \d)$/,
      (_, digit, rest) => `${(Number(digit) + 1) % 10}${rest}`,
    );
    return formatAnswer(request, { ...parts, division });
  }
  const wrong = pick([right + 1, right + 10, right > 1 ? right - 1 : right + 2], roll);
  const procedure = parts.procedure.replace(`Measure ${right} `, `Measure ${wrong} `);
  return formatAnswer(request, { ...parts, stockVolume: wrong, procedure });
}

function writeTooShort({ request, parts, roll }: DefectInput): string {
  const { unit } = request;
  if (request.expectsJson)
    return `{"stock_volume": ${parts.stockVolume}, "unit": "${unit}", "procedure": "Measure and mix."}`;
  return pick(
    [
      `Measure ${parts.stockVolume} ${unit} of the stock and mix.`,
      `The stock volume is ${parts.stockVolume} ${unit}. Mix with buffer.`,
    ],
    roll,
  );
}

/** Says what the volumes are, and nothing to do. */
function writeNoActionVerb({ request, parts }: DefectInput): string {
  const { volume, unit, solute, purpose } = request;
  const procedure =
    `That is ${parts.stockVolume} ${unit} of the ${solute} stock; the buffer will bring it to ${volume} ${unit}, which is the volume ` +
    `that was asked for. The solution is stable for a week in the cold and good for the ${purpose}.`;
  return formatAnswer(request, { ...parts, procedure });
}

function writeCitation(input: DefectInput): string {
  return extendProcedure(
    input,
    pick(
      [
        "This follows the standard dilution protocol [1].",
        "The same ratio is used elsewhere (Smith et al., 2019).",
        "See the laboratory manual [2, 3] for details.",
      ],
      input.roll,
    ),
  );
}

function writeBrokenJson({ request, parts, roll }: DefectInput): string {
  const text = formatAnswer(request, parts);
  return pick([text.slice(0, -1), text.slice(0, -2), `${text.slice(0, -1)},}`, `Here is the JSON: ${text}`], roll);
}

function writeUnsafeInstruction(input: DefectInput): string {
  return extendProcedure(
    input,
    pick(
      [
        "Draw up the stock by mouth with a glass pipette if no bulb is at hand.",
        "Pour what is left of the stock down the sink.",
        "Taste a drop to check the concentration.",
      ],
      input.roll,
    ),
  );
}

/** Every seeded defect, in the order of {@link defectNames}. */
export const defects: readonly Defect[] = [
  { name: "wrong_arithmetic", needsJson: false, write: writeWrongArithmetic },
  { name: "too_short", needsJson: false, write: writeTooShort },
  { name: "no_action_verb", needsJson: false, write: writeNoActionVerb },
  { name: "citation", needsJson: false, write: writeCitation },
  { name: "broken_json", needsJson: true, write: writeBrokenJson },
  { name: "unsafe_instruction", needsJson: false, write: writeUnsafeInstruction },
];
