import { describe, expect, it } from "vitest";
import { dilutionAnswers, proseAnswers } from "../../../../bench/support/filter-rows.ts";
import { filtersSchema } from "../../../config/filters-schema.ts";
import { outcome } from "./fixtures/candidate.ts";
import { repetitionRule } from "./repetition.ts";

const { repetition } = filtersSchema.shape.basic.parse({});
const rule = repetitionRule(repetition);

interface Detail {
  readonly share: number;
  readonly maximum: number;
  readonly offset: number;
  readonly text: string;
}

const sentence = "Mix the buffer with the stock and then let it stand for an hour. ";
const paragraph =
  "The stock holds sixty millimoles in a litre, and twelve are wanted, so that a fifth of the final volume has to be stock and the rest " +
  "buffer, which is added slowly while the tube is turned by hand until no streak can be seen in it any more. ";

describe("repetition", () => {
  it.each([
    ["a sentence over and over", sentence.repeat(20), "repeated_ngrams"],
    ["one word over and over", `It is ${"very ".repeat(60)}good.`, "repeated_ngrams"],
    ["an answer given twice", paragraph + paragraph, "repeated_ngrams"],
    [
      "a paragraph that comes again after another",
      `${paragraph}\n\nThen wait until it is clear.\n\n${paragraph}`,
      "repeated_lines",
    ],
    ["short lines over and over", "Be careful.\n".repeat(30), "repeated_ngrams"],
    ["a loop in a list", "- Mix the tube gently.\n".repeat(20), "repeated_ngrams"],
    ["a loop in code", `\`\`\`\n${"values.append(next_value)\n".repeat(30)}\`\`\``, "repeated_ngrams"],
    ["a loop in a script without blanks", "溶液を混ぜてから待つ。".repeat(20), "repeated_ngrams"],
    [
      "some lines again and again",
      [
        "First add the water to it.",
        "Some other line of words here.",
        "Then wait for it to cool.",
        "First add the water to it.",
        "What a fine day it was.",
        "Then wait for it to cool.",
        "First add the water to it.",
      ].join("\n"),
      "repeated_lines",
    ],
    [
      "one phrase again and again",
      "the stock solution is good, the stock solution was fine, the stock solution has been poured, the stock solution can wait, the stock solution then cools, the stock solution at last",
      "top_ngram",
    ],
  ])("rejects %s", (_name, answer, measure) => {
    const found = outcome(rule, answer);
    expect(found).toMatchObject({ keep: false, reason: "repetition", detail: { measure } });
    const { share, maximum, offset, text } = (found as unknown as { detail: Detail }).detail;
    expect(share).toBeGreaterThan(maximum);
    expect(answer.startsWith(text.slice(0, 40), offset)).toBe(true);
  });

  const amounts = Array.from({ length: 20 }, (_, index) => index + 1);
  it.each([
    [
      "a template with numbers in its slots",
      amounts
        .map((n) => `Measure ${n} mL of the stock, bring it to ${5 * n} mL with buffer, mix gently and label the tube.`)
        .join("\n"),
    ],
    [
      "a template in one line",
      amounts
        .map((n) => `Tube ${n} gets ${3 * n} mL of the stock and is turned by hand until all of it is clear.`)
        .join(" "),
    ],
    ["a list of short items", amounts.map((n) => `- Tube ${n}: add 5 mL of buffer`).join("\n")],
    [
      "a table",
      [
        "| tube | clear | turned | cooled |",
        "|---|---|---|---|",
        ...amounts.map((n) => `| tube ${n} | yes | yes | no |`),
      ].join("\n"),
    ],
    [
      "a table of truth",
      [
        "| a | b | c |",
        ...amounts
          .slice(0, 8)
          .map((n) => `| ${n & 1 ? "true" : "false"} | ${n & 2 ? "true" : "false"} | ${n & 4 ? "true" : "false"} |`),
      ].join("\n"),
    ],
    ["tab-separated values", amounts.map((n) => `tube ${n}\tyes\tyes\tno\tyes`).join("\n")],
    ["JSON records", JSON.stringify(amounts.map((n) => ({ type: "tube", volume: n, unit: "mL" })))],
    ["a matrix", amounts.map(() => "0 0 1 0 0").join("\n")],
    ["an identity matrix in code", `\`\`\`\n${amounts.map(() => "[0, 0, 1, 0],").join("\n")}\n\`\`\``],
    [
      "code before and after a change",
      [
        "Before:",
        "```",
        paragraph.replaceAll(", ", ",\n"),
        "return one;",
        "```",
        "After:",
        "```",
        paragraph.replaceAll(", ", ",\n"),
        "return two;",
        "```",
      ].join("\n"),
    ],
    [
      "code without a fence",
      amounts.map((n) => `if (tube === ${n}) {\n  return measureTheVolumeOf(tube);\n}`).join("\n"),
    ],
    [
      "a step that comes three times",
      `${paragraph}\n1. Spin the tube and discard the supernatant.\n2. Wash it.\n3. Spin the tube and discard the supernatant.\n4. Dry it.\n5. Spin the tube and discard the supernatant.`,
    ],
    ["a short answer", "Mix. Mix. Mix."],
    ["an empty one", ""],
  ])("keeps %s", (_name, answer) => expect(outcome(rule, answer)).toEqual({ keep: true }));

  it("keeps every answer of the bundled data, and prose", () => {
    for (const row of [...dilutionAnswers(2_000), ...proseAnswers(500)])
      expect(outcome(rule, row.teacher_output), row.id).toEqual({ keep: true });
  });

  it("takes the limits of the configuration", () => {
    const answer = paragraph + paragraph;
    expect(outcome(repetitionRule({ ...repetition, max_repeated_ngrams: 0.6 }), answer)).toEqual({ keep: true });
  });

  it("forgets one answer before the next", () => {
    expect(outcome(rule, paragraph).keep).toBe(true);
    expect(outcome(rule, paragraph).keep).toBe(true);
  });
});
