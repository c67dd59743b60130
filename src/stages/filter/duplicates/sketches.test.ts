import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mixBits } from "./mix-bits.ts";
import { compareNumbers, writeNumbers } from "./number-sketch.ts";
import { haveOwnSubjects, SubjectFinder } from "./subjects.ts";

describe("compareNumbers", () => {
  const compare = (a: readonly number[], b: readonly number[]): number => {
    const sketches = new Uint16Array(32);
    for (const [index, set] of [a, b].entries())
      writeNumbers(Int32Array.from(set, mixBits), set.length, sketches, 16 * index);
    return compareNumbers(sketches, 0, 16);
  };
  const similarity = (a: readonly number[], b: readonly number[]): number => {
    const [one, other] = [new Set(a), new Set(b)];
    return one.isSubsetOf(other) || other.isSubsetOf(one) ? 1 : one.intersection(other).size / one.union(other).size;
  };

  it("is the sets' Jaccard similarity while both fit a sketch, and 1 where one holds the other", () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 40 });
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        expect(compare(a, b)).toBeCloseTo(similarity(a, b));
      }),
    );
  });

  it("comes near it for larger sets", () => {
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
    let error = 0;
    for (let start = 0; start < 100_000; start += 1_000) {
      const [a, b] = [range(start, start + 300), range(start + 100, start + 400)];
      error += compare(a, b) - similarity(a, b);
    }
    expect(Math.abs(error / 100)).toBeLessThan(0.05);
    expect(compare(range(0, 300), range(0, 300))).toBe(1);
    expect(compare(range(0, 300), range(1_000, 1_300))).toBeLessThan(0.2);
  });
});

describe("haveOwnSubjects", () => {
  const words = fc.uniqueArray(fc.integer({ min: 0, max: 32_747 }), { maxLength: 60 });
  const sketch = (...sets: number[][]): Uint16Array => {
    const sketches = new Uint16Array(6 * sets.length);
    const finder = new SubjectFinder();
    for (const [index, set] of sets.entries()) {
      // Each word stands in the request and twice in the answer, among others.
      const list = Int32Array.from([...set, 40_000, 50_000, ...set, ...set]);
      finder.write({ words: list, count: list.length, requestCount: set.length + 1 }, sketches, 6 * index);
    }
    return sketches;
  };

  it("is false for equal sets, whatever their order, and for sets of which one holds the other", () => {
    fc.assert(
      fc.property(words, fc.nat(60), (set, left) => {
        const sketches = sketch(set, set.toReversed(), set.slice(left));
        expect(haveOwnSubjects(sketches, 0, 6)).toBe(false);
        expect(haveOwnSubjects(sketches, 0, 12)).toBe(false);
        expect(haveOwnSubjects(sketches, 12, 6)).toBe(false);
      }),
    );
  });

  it("is true where each has a member of its own, up to four more in one of them", () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 5 }), (set, own) => {
        const [common, mine, others] = [set.slice(own + 1), set.slice(0, 1), set.slice(1, own + 1)];
        fc.pre(others.length === own);
        const sketches = sketch([...common, ...mine], [...common, ...others]);
        expect(haveOwnSubjects(sketches, 0, 6)).toBe(true);
        expect(haveOwnSubjects(sketches, 6, 0)).toBe(true);
      }),
    );
  });

  it("counts only words of the request that are in the answer", () => {
    const sketches = new Uint16Array(6);
    new SubjectFinder().write(
      { words: Int32Array.from([1, 2, 3, 3, 4, 1, 1]), count: 7, requestCount: 3 },
      sketches,
      0,
    );
    expect([...sketches]).toEqual([2, 6, 20, 72, 272, 1056]);
  });
});
