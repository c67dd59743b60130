/** Makes English-looking prose of the bench, from a seeded generator's numbers. */
export interface Prose {
  sentence(): string;
  /** About so many characters in paragraphs, with action verbs. */
  text(characters: number): string;
  /** Exactly so many characters once each stretch of white space is one blank; some stretches are longer than that. */
  stretched(characters: number): string;
  /** Without any of the gate's action verbs. */
  verbless(characters: number): string;
  withCitation(text: string): string;
  changeWord(text: string): string;
}

const words = {
  verb: "measure prepare mix incubate calibrate compare evaluate test run validate culture assess".split(" "),
  otherVerb: "keep place warm cool shake spin pour label store rinse count weigh record remove transfer".split(" "),
  adjective:
    "cold warm clear cloudy fresh sterile dilute saturated stable acidic basic soluble viscous labelled pale bright coarse fine thin heavy".split(
      " ",
    ),
  noun: (
    "buffer sample tube plate cell enzyme protein reagent solution gradient pellet supernatant membrane column primer template " +
    "substrate inhibitor standard blank cuvette pipette filter flask vortex antibody lysate medium colony vector plasmid fraction " +
    "spectrum signal baseline slope residue dye marker band ladder well rack lid spatula balance thermometer"
  ).split(" "),
  adverb: "slowly carefully twice briefly gently overnight thoroughly immediately again separately first then".split(
    " ",
  ),
  amount:
    "0.5 mL|12 µL|250 µL|1,000 mL|37 °C|4 °C|3 mM|15 nM|10 minutes|two hours|90 seconds|1,500 rpm|260 nm|pH 7.4|5%|a pinch".split(
      "|",
    ),
  link: "because although before after while until so that unless".split(" "),
};

const citations = ["[12]", "(ref)", "doi:10.1000/182", "arXiv:1706.03762", "[3]"];

export function createProse(pick: (from: number, to: number) => number): Prose {
  const one = (list: readonly string[]): string => list[pick(0, list.length - 1)] ?? "";
  const part = (verbs: readonly string[]): string =>
    `${one(verbs)} the ${one(words.adjective)} ${one(words.noun)} ${one(words.adverb)} with ${one(words.amount)} of ${one(words.noun)}`;
  const sentenceOf = (verbs: readonly string[]): string => {
    const text =
      pick(0, 2) === 0
        ? `${part(verbs)}.`
        : `${part(verbs)} ${one(words.link)} the ${one(words.noun)} and the ${one(words.noun)} are ${one(words.adjective)}.`;
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  };
  const textOf = (characters: number, verbs: () => readonly string[]): string => {
    let text = "";
    while (text.length < characters) {
      const gap = text === "" ? "" : pick(0, 5) === 0 ? "\n\n" : " ";
      text += `${gap}${sentenceOf(verbs())}`;
    }
    return text;
  };
  const someVerbs = (): readonly string[] => (pick(0, 2) === 0 ? words.verb : words.otherVerb);
  return {
    sentence: () => sentenceOf(words.otherVerb),
    text: (characters) => textOf(characters, someVerbs),
    verbless: (characters) => textOf(characters, () => words.otherVerb),
    stretched(characters) {
      const flat = textOf(characters, () => words.verb)
        .replaceAll(/\s+/g, " ")
        .slice(0, characters);
      const full = flat.endsWith(" ") ? `${flat.slice(0, -1)}.` : flat;
      return full.replaceAll(" ", () => (pick(0, 3) === 0 ? "  \n" : " "));
    },
    withCitation(text) {
      const middle = text.indexOf(". ", pick(0, Math.floor(text.length / 2)));
      return middle < 0
        ? `${text} ${one(citations)}`
        : `${text.slice(0, middle)} ${one(citations)}${text.slice(middle)}`;
    },
    changeWord(text) {
      const place = text.indexOf(" the ", Math.floor(text.length / 2));
      return place < 0 ? `${text} Done.` : `${text.slice(0, place)} the only ${text.slice(place + " the ".length)}`;
    },
  };
}
