import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duplicatesConfig } from "./fixtures.ts";
import { MinHash } from "./min-hash.ts";
import { mixBits } from "./mix-bits.ts";
import { hashFunctions, recordLayout } from "./record-layout.ts";
import { hashRun, hashRuns, highBase, lowBase } from "./rolling-hash.ts";
import { estimateSimilarity, writeSignature } from "./signature.ts";

const layout = recordLayout(duplicatesConfig());
const minHash = new MinHash(hashFunctions(layout));

function signatures(...sets: number[][]): Int32Array {
  const words = new Int32Array(sets.length * layout.words);
  for (const [row, set] of sets.entries()) {
    minHash.take(Int32Array.from(set, mixBits), set.length);
    writeSignature(minHash.least, { words, at: row * layout.words }, layout);
  }
  return words;
}

/** Sets of so many members, of which so many are in both. */
const twoSets = fc
  .record({ both: fc.nat(300), onlyA: fc.nat(150), onlyB: fc.nat(150), from: fc.nat(2 ** 31) })
  .filter(({ both, onlyA, onlyB }) => both + onlyA > 0 && both + onlyB > 0);

describe("estimateSimilarity", () => {
  it("is the Jaccard similarity within five standard errors", () => {
    fc.assert(
      fc.property(twoSets, ({ both, onlyA, onlyB, from }) => {
        const range = (start: number, count: number) =>
          Array.from({ length: count }, (_, index) => from + start + index);
        const a = [...range(0, both), ...range(10_000, onlyA)];
        const b = [...range(0, both), ...range(20_000, onlyB)];
        const exact = both / (both + onlyA + onlyB);
        const estimate = estimateSimilarity(signatures(a, b), { a: 0, b: layout.words }, layout);
        // A sample agrees where the least values do, or by chance, once in 16 times.
        const share = exact + (1 - exact) / 16;
        const error = Math.sqrt((share * (1 - share)) / 128) * (16 / 15);
        expect(Math.abs(estimate - exact)).toBeLessThan(5 * error + 1e-9);
      }),
      { numRuns: 300 },
    );
  });

  it("is 1 for equal sets, in any order and with members given twice", () => {
    const words = signatures([1, 2, 3, 4], [4, 3, 3, 2, 1, 1]);
    expect(words.subarray(0, layout.words)).toEqual(words.subarray(layout.words));
    expect(estimateSimilarity(words, { a: 0, b: layout.words }, layout)).toBe(1);
  });
});

describe("hashRuns", () => {
  it("gives each run the hash that it has by itself", () => {
    const words = fc.array(fc.integer(), { minLength: 1, maxLength: 60 }).map((list) => Int32Array.from(list));
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 50 }), fc.constantFrom(lowBase, highBase), (list, size, base) => {
        const into = new Int32Array(list.length);
        const runs = hashRuns(list, { count: list.length, size, base, into });
        const expected = Array.from({ length: Math.max(1, list.length - size + 1) }, (_, from) =>
          mixBits(hashRun(list, { from, to: Math.min(from + size, list.length), base })),
        );
        expect([...into.subarray(0, runs)]).toEqual(expected);
      }),
    );
  });
});
