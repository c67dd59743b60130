import { describe, expect, it } from "vitest";
import { filtersSchema } from "../../../config/filters-schema.ts";
import { citationRule } from "./citation.ts";
import { outcome } from "./fixtures/candidate.ts";

const kinds = filtersSchema.shape.basic.parse({}).citation_patterns;
const citationRuleOf = (changes: Partial<typeof kinds> = {}) => citationRule({ ...kinds, ...changes });

describe("citation", () => {
  const rule = citationRuleOf();

  it.each([
    ["This follows the protocol [1].", "bracketed_number", "[1]"],
    ["See the manual [2, 3] for details.", "bracketed_number", "[2, 3]"],
    ["As known [4–6].", "bracketed_number", "[4–6]"],
    ["Known.\n[12] Smith J.", "bracketed_number", "[12]"],
    ["Elsewhere (Smith et al., 2019).", "et_al", "Smith et al., 2019"],
    ["Smith et al. used it.", "et_al", "Smith et al."],
    ["O'Neil et al (2020) say", "et_al", "O'Neil et al (2020)"],
    ["It works (Smith, 2019).", "author_year", "(Smith, 2019)"],
    ["It works (see Müller & Weiß, 2004; Lee, 2005).", "author_year", "(see Müller & Weiß, 2004;"],
    ["Smith and Jones (2019) say", "author_year", "Smith and Jones (2019)"],
    ["Known (ref).", "reference", "(ref)"],
    ["Known (refs. 3, 4).", "reference", "(refs. 3, 4)"],
    ["Known (Ref 12).", "reference", "(Ref 12)"],
    ["See doi:10.1000/182.", "doi", "doi:10.1000/182."],
    ["See 10.1038/s41586-020-2649-2 there", "doi", "10.1038/s41586-020-2649-2"],
    ["arXiv:2106.09685 says", "arxiv", "arXiv:2106.09685"],
    ["ARXIV: hep-th/9901001", "arxiv", "ARXIV: hep-th/9901001"],
    ["PMID: 12345678", "pubmed", "PMID: 12345678"],
    ["at https://example.org/a?b=c now", "url", "https://example.org/a?b=c"],
    ["at www.example.org now", "url", "www.example.org"],
  ])("finds the one in %j", (answer, kind, text) => {
    expect(outcome(rule, answer)).toEqual({
      keep: false,
      reason: "citation",
      detail: { kind, text, offset: answer.indexOf(text) },
    });
  });

  it.each([
    "Take rows[0] and rows[12].",
    "f(x)[1] and m[0][1] and 'abc'[2]",
    "x = [1, 2, 3]",
    '{"steps": [1, 2], "more": [[3], [4]]}',
    "values in the range [1, 10]",
    "a number in [0, 1]",
    "Use `[1]` there, or\n```\nprint [2]\n```\n",
    "Mix 3 mL (about 2019 of them).",
    "It was made in (June, 2019).",
    "(May, 2020)",
    "Table (2019)",
    "et alia, metal alloys, pet alligator",
    "the ratio 10.5/2 is 5.25",
    "the reference (see below)",
    "[abc] [1234] [ ] []",
    "The factor is 60 mM / 12 mM = 5.",
  ])("finds none in %j", (answer) => expect(outcome(rule, answer)).toEqual({ keep: true }));

  it("names the first of several", () => {
    expect(outcome(rule, "a [1] b https://x.org (ref)")).toMatchObject({ detail: { text: "[1]" } });
  });

  it("looks for a later one where the first place is code", () => {
    expect(outcome(rule, "rows[0] as shown [7]")).toMatchObject({ detail: { text: "[7]" } });
  });

  it.each([
    ["According to a 2019 study, it works.", "According to a 2019 study"],
    ["according to recent research by others", "according to recent research"],
    ["This was shown in a 2019 study found there.", "a 2019 study"],
    ["The landmark 2015 clinical trial says so.", "The landmark 2015 clinical trial"],
    ["Recent studies have shown that", "Recent studies have shown"],
    ["Research suggests that", "Research suggests"],
    ["Researchers at Stanford University have found that", "Researchers at Stanford University have found"],
    ["A large study by Miller", "A large study by Miller"],
    ["It was published in Nature.", "published in Nature"],
    ["first published in the American Chemical Journal", "published in the American Chemical Journal"],
    ["in the Journal of Physics", "Journal of Physics"],
    ["as reported in the literature", "as reported in the literature"],
  ])("finds the study in %j", (answer, text) => {
    const detail = { kind: "named_study", text, offset: answer.indexOf(text) };
    expect(outcome(rule, answer)).toEqual({ keep: false, reason: "citation", detail });
  });

  it.each([
    "According to the protocol, mix it.",
    "We study the mixture in 2019 trials of it.",
    "Results are published in the appendix.",
    "This study shows the effect of heat.",
    "Further research is needed.",
    "Design a study of 12 plates and write a paper on it.",
    "In 2019 the paper strips were stored.",
    "Nature and science are full of such cells.",
    "According to the study protocol, wait.",
    "Test several papers for their pH.",
  ])("takes no word for a study in %j", (answer) => expect(outcome(rule, answer)).toEqual({ keep: true }));

  it("leaves out what is switched off", () => {
    for (const [kind, answer] of [
      ["bracketed_number", "as known [4]"],
      ["author_year", "(Smith, 2019)"],
      ["et_al", "Smith et al. say"],
      ["doi", "doi:10.1000/182"],
      ["arxiv", "arXiv:2106.09685"],
      ["pubmed", "PMID: 12345678"],
      ["url", "https://example.org"],
      ["reference", "(ref)"],
      ["named_study", "a 2019 study"],
    ] as const) {
      expect(outcome(rule, answer), kind).toMatchObject({ keep: false, detail: { kind } });
      expect(outcome(citationRuleOf({ [kind]: false }), answer), kind).toEqual({ keep: true });
    }
  });

  it.each([
    ["original_bracketed_number", "rows[0]", "[0]"],
    ["original_reference", "so (REF)", "(REF)"],
    ["original_doi", "x doi:10.1000/182 y", "doi:10.1000/182"],
    ["original_doi", "DO\u0130:1", "DO\u0130:1"],
    ["original_arxiv", "arx\u0131v:\u0663", "arx\u0131v:\u0663"],
  ] as const)("can look as the Python original does: %s in %j", (kind, answer, text) => {
    const off = Object.fromEntries(Object.keys(kinds).map((name) => [name, name === kind]));
    const detail = { kind, text, offset: answer.indexOf(text) };
    expect(outcome(citationRuleOf(off), answer)).toEqual({ keep: false, reason: "citation", detail });
  });
});
