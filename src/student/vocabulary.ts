/** Tokens with a meaning of their own; they come first, so their ids are 0 to 4. */
export const specialTokens = {
  pad: "<|pad|>",
  unknown: "<|unk|>",
  user: "<|user|>",
  assistant: "<|assistant|>",
  end: "<|end|>",
} as const;

const digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;

// Whole stretches of boilerplate are one token each, and digits stand alone: the numbers are what has to be learned, and the cost of a
// training step grows with the number of tokens.
const words = [
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
  "western blot",
  "ELISA",
  "PCR",
  "enzyme assay",
  "protein assay",
  "gel stain",
  "titration",
  "growth medium",
] as const;

const requestPhrases = [
  "Prepare ",
  " mL of ",
  " µL of ",
  " mM ",
  " from a ",
  " mM stock for the ",
  ".",
  " Answer as JSON.",
] as const;

const answerPhrases = [
  "The dilution factor is ",
  '{"factor": "',
  " mM / ",
  " mM = ",
  ". Divide ",
  '", "division": "',
  " by ",
  ": ",
  ", ",
  " / 2 = ",
  " / 4 = ",
  " / 5 = ",
  " / 8 = ",
  " / 10 = ",
  " rest ",
  ". The stock volume is ",
  '", "stock_volume": ',
  " mL. Measure ",
  " µL. Measure ",
  ', "unit": "mL", "procedure": "Measure ',
  ', "unit": "µL", "procedure": "Measure ',
  " mL of the ",
  " µL of the ",
  " stock, bring it to ",
  " mL with buffer, mix gently, label the bottle with the solute, the concentration and the date, and use it for the ",
  " µL with buffer, mix gently, label the tube with the solute, the concentration and the date, and use it for the ",
  '."}',
] as const;

// What the offline teacher's seeded defects say: with them, a student can also be trained on what no gate has seen.
const faultPhrases = [
  "Measure ",
  " mL of the stock and mix.",
  " µL of the stock and mix.",
  "The stock volume is ",
  " mL. Mix with buffer.",
  " µL. Mix with buffer.",
  '{"stock_volume": ',
  ', "unit": "mL", "procedure": "Measure and mix."}',
  ', "unit": "µL", "procedure": "Measure and mix."}',
  " mL. That is ",
  " µL. That is ",
  ', "unit": "mL", "procedure": "That is ',
  ', "unit": "µL", "procedure": "That is ',
  " stock; the buffer will bring it to ",
  " mL, which is the volume that was asked for. The solution is stable for a week in the cold and good for the ",
  " µL, which is the volume that was asked for. The solution is stable for a week in the cold and good for the ",
  " This follows the standard dilution protocol [1].",
  " The same ratio is used elsewhere (Smith et al., 2019).",
  " See the laboratory manual [2, 3] for details.",
  " Draw up the stock by mouth with a glass pipette if no bulb is at hand.",
  " Pour what is left of the stock down the sink.",
  " Taste a drop to check the concentration.",
  "Here is the JSON: ",
  '."',
  '"}',
  ",}",
] as const;

/** The fixed vocabulary of nexa:tiny; a token's id is its place in this list. */
export const tinyVocabulary: readonly string[] = [
  ...Object.values(specialTokens),
  ...digits,
  ...words,
  ...requestPhrases,
  ...answerPhrases,
  ...faultPhrases,
];
