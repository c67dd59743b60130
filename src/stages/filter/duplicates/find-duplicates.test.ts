import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findDuplicates } from "./find-duplicates.ts";
import { duplicatesConfig, fillStore, findAmong, manyWords, type TestRow } from "./fixtures.ts";

const base = manyWords(150);
const request = "How is it done?";

/** The answer with some of its words replaced: of so many, 5 shingles each where no two of them are near each other. */
function variant(places: readonly number[], stem: string): TestRow {
  const others = manyWords(base.length, stem);
  return { request, answer: base.map((word, index) => (places.includes(index) ? others[index] : word)).join(" ") };
}

const original = variant([], "");

describe("equal rows", () => {
  it("are found whatever their case and white space, by both request and answer", async () => {
    const {
      original: of,
      isExact,
      similarity,
    } = await findAmong([
      { request: "Mix  A.", answer: "Mixed,\n it is." },
      { request: "mix a.", answer: " mixed, IT is. " },
      { request: "Mix B.", answer: "Mixed, it is." },
      { request: "Mix A.", answer: "Mixed it is." },
    ]);
    expect([...of].slice(0, 3)).toEqual([-1, 0, -1]);
    expect([...isExact]).toEqual([0, 1, 0, 0]);
    expect([...similarity].slice(0, 3)).toEqual([0, 1, 0]);
  });

  it("are found without near-duplicates, too, and then alone", async () => {
    const config = duplicatesConfig({ enabled: false });
    const { original: of } = await findAmong([original, original, variant([70], "other")], config);
    expect([...of]).toEqual([-1, 0, -1]);
  });

  it("are never those without an answer", async () => {
    const { original: of } = await findAmong([
      { request, answer: "" },
      { request, answer: "" },
    ]);
    expect([...of]).toEqual([-1, -1]);
  });

  it("are always found, whatever the texts hold", async () => {
    const text = fc.string({ unit: "binary", maxLength: 200 });
    const rows = fc.array(fc.record({ request: text, answer: text.filter((answer) => answer !== "") }), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        const { original, isExact } = await findAmong([...list, ...list]);
        for (let row = 0; row < list.length; row++) {
          // A copy of a row that nears another one is told of that one, as the row is.
          const [of, copyOf, isCopy] = [original[row], original[row + list.length], isExact[row + list.length]];
          if (of === -1) expect([copyOf, isCopy]).toEqual([row, 1]);
          else expect(copyOf).not.toBe(-1);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("nearly equal rows", () => {
  it("are found by the similarity of their words, with it", async () => {
    const {
      original: of,
      isExact,
      similarity,
    } = await findAmong([original, variant([70], "other"), variant([30, 90], "more")]);
    expect([...of]).toEqual([-1, 0, 0]);
    expect([...isExact]).toEqual([0, 0, 0]);
    expect(similarity[1]).toBeGreaterThan(0.85);
    expect(similarity[1]).toBeLessThan(1);
  });

  it("are not those that share less", async () => {
    const places = [10, 30, 50, 70, 90, 110, 130];
    const { original: of } = await findAmong([original, variant(places, "other")]);
    expect([...of]).toEqual([-1, -1]);
  });

  it("keep the best score, then the first; rows without a score come last", async () => {
    const near = [original, variant([70], "a"), variant([70], "b"), variant([70], "c")];
    const scores = [Number.NaN, 0.7, 0.9, 0.9];
    const { original: of } = await findAmong(near.map((row, index) => ({ ...row, score: scores[index] ?? 0 })));
    expect([...of]).toEqual([2, 2, -1, 2]);
  });

  it("form stars around what is kept, never chains", async () => {
    // 0 nears 1 nears 2, but 2 does not near 0: it is compared with what is kept alone.
    const rows = [variant([10, 30], "a"), original, variant([90, 130], "b")];
    const { original: of } = await findAmong(rows.map((row, index) => ({ ...row, score: 0.9 - index / 10 })));
    expect([...of]).toEqual([-1, 0, -1]);
  });

  it("name the most similar row that is kept", async () => {
    const rows = [variant([10, 30, 50, 70, 90], "a"), original, variant([100], "b")];
    expect([...(await findAmong(rows)).original]).toEqual([-1, -1, 1]);
  });

  it("are told of rows that cannot be kept, which make none their duplicate", async () => {
    const { original: of } = await findAmong([
      { ...original, isAdmissible: false, score: 1 },
      variant([70], "other"),
      original,
    ]);
    expect([...of]).toEqual([1, -1, 1]);
  });

  it.each([
    ["one word", "Stop.", "stop!"],
    ["fewer words than a shingle", "Mix it well.", "mix it: WELL"],
    ["Chinese", "将样品与缓冲液混合，然后在冰上孵育十分钟。", "将样品与缓冲液混合 然后在冰上孵育十分钟"],
  ])("are found in %s", async (_what, one, other) => {
    const rows = [one, other].map((answer) => ({ request: "", answer }));
    expect([...(await findAmong(rows)).original]).toEqual([-1, 0]);
  });

  it("are not texts without words", async () => {
    const rows = ["😀😀😀", "🎉", "…!"].map((answer) => ({ request: "", answer }));
    expect([...(await findAmong(rows)).original]).toEqual([-1, -1, -1]);
  });
});

describe("rows of a template", () => {
  const report = (name: string, value: string): TestRow => ({
    request: `Write up the run of ${name} at ${value} mM.`,
    answer: `The run of ${name} was done at ${value} mM. ${base.join(" ")}`,
  });

  it("are kept where a name differs, which request and answer both hold", async () => {
    const rows = [
      report("glucose", "5"),
      report("sucrose", "5"),
      report("glucose", "5"),
      report("sodium chloride", "5"),
    ];
    expect([...(await findAmong(rows)).original]).toEqual([-1, -1, 0, -1]);
  });

  it("are kept where a number differs", async () => {
    const rows = ["5", "6", "0.5", "1,000"].map((value) => report("glucose", value));
    expect([...(await findAmong(rows)).original]).toEqual([-1, -1, -1, -1]);
  });

  it("are kept where only the answer's numbers differ", async () => {
    const rows = ["12", "13"].map((value) => ({ request, answer: `${base.join(" ")} ${value}` }));
    expect([...(await findAmong(rows)).original]).toEqual([-1, -1]);
  });

  it("are duplicates where the request is the same, or the answer is", async () => {
    const row = report("glucose", "5");
    const sameRequest = { ...row, answer: row.answer.replace("of glucose was", "of that run was") };
    const sameAnswer = { ...row, request: row.request.replace("glucose", "worda") };
    expect([...(await findAmong([row, sameRequest, sameAnswer])).original]).toEqual([-1, 0, 0]);
  });
});

describe("the search", () => {
  it("comes to the same for higher scores, whatever the rows with lower ones", async () => {
    const places = fc.array(fc.constantFrom(10, 30, 50, 70, 90, 110, 130), { maxLength: 4 });
    const rows = fc.array(fc.record({ places, score: fc.integer({ min: 0, max: 9 }) }), {
      minLength: 2,
      maxLength: 25,
    });
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 9 }), async (list, least) => {
        const texts = list.map(({ places, score }) => ({ ...variant(places, "v"), score: score / 10 }));
        const all = await findAmong(texts);
        const above = await findAmong(texts.map((row) => ({ ...row, isAdmissible: row.score >= least / 10 })));
        for (const [row, { score }] of texts.entries()) {
          if (score >= least / 10) expect(above.original[row]).toBe(all.original[row]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("accepts no row that nears an accepted one, in whatever order the rows stand", async () => {
    const places = fc.array(fc.constantFrom(10, 30, 50, 70, 90, 110, 130), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(places, { minLength: 2, maxLength: 15 }), async (list) => {
        const texts = list.map((places, index) => ({ ...variant(places, "v"), score: (index + 1) / 100 }));
        const kept = async (rows: readonly TestRow[]): Promise<string[]> => {
          const { original: of } = await findAmong(rows);
          return rows.filter((_, row) => of[row] === -1).map(({ answer }) => answer);
        };
        const once = await kept(texts);
        expect((await kept(texts.toReversed())).toSorted()).toEqual(once.toSorted());
        expect(await kept(texts.filter(({ answer }) => once.includes(answer)))).toHaveLength(new Set(once).size);
      }),
      { numRuns: 40 },
    );
  });

  it("finds copies among more rows of a template than it compares a row with", async () => {
    const rows = Array.from({ length: 1_500 }, (_, index) => ({
      request: `Tell of item${index}.`,
      answer: `${base.slice(0, 60).join(" ")} item${index} ${manyWords(12, `own${index}of`).join(" ")} ${base.slice(60).join(" ")}`,
    }));
    const copies = rows
      .slice(0, 300)
      .map(({ request, answer }) => ({ request, answer: answer.replace("wordcx", "another") }));
    const { original: of } = await findAmong([...rows, ...copies]);
    expect(of.subarray(0, rows.length).every((other) => other === -1)).toBe(true);
    const found = copies.filter((_, index) => of[rows.length + index] === index).length;
    expect(found).toBeGreaterThan(280);
  });

  it("can be done once", async () => {
    const store = await fillStore([original]);
    const states = { scores: new Float64Array(1), admissible: new Uint8Array(1) };
    findDuplicates(store, states);
    expect(() => findDuplicates(store, states)).toThrow("searched already");
  });
});

describe("a hostile text", () => {
  it.each([
    ["one word a million times", "word ".repeat(1_000_000)],
    ["one word of 5 MB", "a".repeat(5_000_000)],
    ["5 MB of emoji", "😀".repeat(1_250_000)],
    ["6 MB without a blank", "水".repeat(2_000_000)],
    ["a number of 5 MB", "1,000".repeat(1_000_000)],
    ["control characters", "\0\u0001".repeat(1_000_000)],
  ])("takes linear time: %s", async (_what, answer) => {
    const startedAt = performance.now();
    const { original: of } = await findAmong([
      { request: "a", answer },
      { request: "a", answer },
    ]);
    expect([...of]).toEqual([-1, 0]);
    expect(performance.now() - startedAt).toBeLessThan(60_000);
  });
});
