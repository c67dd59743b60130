import { describe, expect, it } from "vitest";
import { displayWidth } from "../../core/index.ts";
import type { ReasonCode } from "../../records/index.ts";
import type { Example, GateFigures } from "./gate-figures.ts";
import { toDetails } from "./manifest-details.ts";
import { renderSummary } from "./summary.ts";

const answer = `Measure 5 mL of the stock. ${"Mix it well and wait. ".repeat(8)}This was shown by Smith et al. [12].\n\nThen go on.`;

const exampleOf = (id: string, changes: Partial<Example> = {}): Example => ({
  id,
  sample: 0,
  detail: { characters: 9, minimum: 120 },
  answer,
  ...changes,
});

function figuresOf(changes: Partial<GateFigures> = {}): GateFigures {
  return {
    input: 1_200,
    kept: 1_000,
    rejected: 199,
    unjudged: 1,
    badRows: 0,
    redacted: 0,
    funnel: [
      { rule: "empty", in: 1_200, out: 1_200, alone: 0 },
      { rule: "characters", in: 1_200, out: 1_100, alone: 100 },
      { rule: "tokens", in: 1_100, out: 1_100, alone: 90 },
      { rule: "judge_score", in: 1_100, out: 1_000, alone: 100 },
    ],
    reasons: new Map<ReasonCode, number>([
      ["too_few_characters", 100],
      ["low_judge_score", 99],
      ["unjudged", 1],
    ]),
    sweep: [0.7, 0.75, 0.8, 0.85, 0.9, 0.95].map((minJudgeScore, index) => ({
      minJudgeScore,
      kept: 1_020 - 10 * index,
      costPerKeptUsd: 12 / (1_020 - 10 * index),
    })),
    examples: new Map(),
    ...changes,
  };
}

const render = (changes: Partial<GateFigures> = {}, columns = 112, minJudgeScore: number | null = 0.8): string[] =>
  renderSummary(figuresOf(changes), { minJudgeScore, columns });

/** An example's lines for one reason. */
function renderExample(reason: ReasonCode, ...rows: readonly Example[]): string[] {
  const lines = render({ reasons: new Map([[reason, 5]]), examples: new Map([[reason, rows]]) });
  return lines.slice(lines.findIndex((line) => line.startsWith("examples")) + 1);
}

describe("the summary", () => {
  it("begins with what became of all rows", () => {
    expect(render()[0]).toBe("1,200 answers: 1,000 kept (83.3%), 199 rejected, 1 unjudged");
    expect(render({ redacted: 7, badRows: 2 })[0]).toBe(
      "1,200 answers: 1,000 kept (83.3%), 199 rejected, 1 unjudged, 7 of the kept redacted, besides 2 bad rows skipped",
    );
  });

  it("has a funnel with what each rule loses in sequence and alone; idle rules share a line", () => {
    expect(render().slice(1, 6)).toEqual([
      "  after         left  lost  alone",
      "  characters   1,100  -100    100",
      "  tokens       1,100           90",
      "  judge_score  1,000  -100    100",
      "  nothing lost to empty",
    ]);
  });

  it("has the reasons with bars and shares of the input", () => {
    const lines = render();
    const start = lines.findIndex((line) => line.startsWith("reasons"));
    expect(lines.slice(start + 1, start + 4)).toEqual([
      `  too_few_characters  100  ${"█".repeat(24)}  8.3%`,
      `  low_judge_score      99  ${"█".repeat(24)}  8.3%`,
      `  unjudged              1  █${" ".repeat(23)}  0.1%`,
    ]);
  });

  it("sweeps the threshold and marks the configured one", () => {
    const marked = render().filter((line) => line.includes("◀"));
    expect(marked).toEqual(["  >= 0.80      1,000  83.3%         $0.01  ◀ configured"]);
    expect(render().filter((line) => line.includes(">= "))).toHaveLength(6);
  });

  it("gives a configured threshold between the usual ones a line of its own, at the same bill", () => {
    const lines = render({ kept: 996 }, 112, 0.83);
    const swept = lines.filter((line) => line.includes(">= "));
    expect(swept[3]).toBe("  >= 0.83        996  83.0%         $0.01  ◀ configured");
    expect(swept).toHaveLength(7);
  });

  it("has no sweep without a judge", () => {
    expect(render({ sweep: [] }).join()).not.toContain("threshold");
    expect(render({}, 112, null).join()).not.toContain("threshold");
  });

  it("says nothing of reasons and examples where every row is kept", () => {
    const lines = render({ kept: 1_200, rejected: 0, unjudged: 0, reasons: new Map(), funnel: [], sweep: [] });
    expect(lines).toEqual(["1,200 answers: 1,200 kept (100.0%), 0 rejected, 0 unjudged"]);
  });

  it.each([60, 72, 112])("fits %d columns, whatever the rows hold", (columns) => {
    const hostile = `\u001b[2J${"日本語".repeat(60)}\u202e\u0007\r\n${"👩‍🔬".repeat(40)}`;
    const reason: ReasonCode = "rule:a-name-that-is-as-long-as-a-name-may-be";
    const example = exampleOf(hostile, { detail: { text: hostile, offset: 90 }, answer: hostile });
    const lines = render(
      {
        reasons: new Map([[reason, 1]]),
        examples: new Map([[reason, [example, example]]]),
        funnel: Array.from({ length: 30 }, (_, index) => ({ rule: `rule:${index}`, in: 9, out: 9, alone: 0 })),
      },
      columns,
    );
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    expect(lines.join("")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
  });
});

describe("examples in the terminal", () => {
  it("have what was measured, the text around the fault, and the names of the others", () => {
    const offset = answer.indexOf("Smith");
    const [first, quoted, also, ...rest] = renderExample(
      "citation",
      exampleOf("q-1", { detail: { pattern: "et_al", text: "Smith et al.", offset } }),
      exampleOf("q-2", { sample: 3 }),
      exampleOf("q-3"),
    );
    expect(first).toBe(`  citation: q-1  pattern="et_al" text="Smith et al." offset=${offset}`);
    expect(quoted).toMatch(/^ {6}"….*shown by Smith et al\. \[12\]\.⏎⏎Then go on\."$/);
    expect(also).toBe("      also q-2#3, q-3");
    expect(rest).toEqual([]);
  });

  it("show the answer from its start where a rule names a place that is not in it", () => {
    for (const offset of [-7, 1e9, "far"])
      expect(renderExample("rule:own", exampleOf("q-1", { detail: { offset } }))[1]).toMatch(/^ {6}"Measure 5 mL/);
  });

  it("show the end of an answer that was cut", () => {
    expect(renderExample("truncated", exampleOf("q-1"))[1]).toMatch(/"….*Then go on\."$/);
    expect(renderExample("truncated", exampleOf("q-1", { answer: "Mix" }))[1]).toBe('      "Mix"');
  });

  it("never quote a secret, nor what is beside it", () => {
    const secret = "sk-live-0123456789";
    for (const reason of ["secret", "personal_data"] as const) {
      const example = exampleOf("q-1", { detail: { kind: "key", offset: 4 }, answer: `use ${secret}` });
      expect(renderExample(reason, example)).toEqual([`  ${reason}: q-1  kind="key" offset=4`]);
      const figures = figuresOf({ examples: new Map([[reason, [example]]]) });
      expect(JSON.stringify(toDetails(figures))).not.toContain(secret);
    }
  });

  it("are there for the most frequent reasons alone, so that a terminal holds them", () => {
    const reasons = Array.from({ length: 30 }, (_, index) => [`rule:r${index}`, 30 - index] as const);
    const lines = render({
      reasons: new Map(reasons),
      examples: new Map(reasons.map(([reason]) => [reason, [exampleOf("q-1")]])),
    });
    expect(lines.filter((line) => line.includes(": q-1"))).toHaveLength(8);
    expect(lines.join("\n")).toContain("examples of the 8 top reasons");
  });
});

describe("the manifest's details", () => {
  it("have funnel, sweep and five examples a reason in snake_case", () => {
    const examples = Array.from({ length: 5 }, (_, index) => exampleOf(`q-${index}`));
    const details = toDetails(figuresOf({ examples: new Map([["too_few_characters", examples]]) }));
    expect(JSON.parse(JSON.stringify(details))).toMatchObject({
      funnel: expect.arrayContaining([{ rule: "characters", in: 1_200, out: 1_100, alone: 100 }]),
      sweep: expect.arrayContaining([{ min_judge_score: 0.8, kept: 1_000, cost_per_kept_usd: 0.012 }]),
      changes: null,
    });
    const kept = details.examples as unknown as Record<string, { id: string; excerpt: string }[]>;
    expect(kept.too_few_characters?.map(({ id }) => id)).toEqual(["q-0", "q-1", "q-2", "q-3", "q-4"]);
    expect(kept.too_few_characters?.[0]?.excerpt).toMatch(/^Measure 5 mL/);
  });
});
