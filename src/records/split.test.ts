import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitNames } from "./rows.ts";
import { splitOf } from "./split.ts";
import { groupOfPrompt } from "./text.ts";

const shares = { train: 0.85, validation: 0.05, test: 0.1 };

describe("splitOf", () => {
  it("is a function of the group alone: adding and reordering rows moves none", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), fc.array(fc.string()), (groups, added) => {
        const before = new Map(groups.map((group) => [group, splitOf(group, shares)]));
        const after = new Map([...added, ...groups.toReversed()].map((group) => [group, splitOf(group, shares)]));
        for (const [group, split] of before) expect(after.get(group)).toBe(split);
      }),
    );
  });

  it("never changes between versions", () => {
    const groups = ["7420/4", "7180/2", "900/10", "2664/2", "9046/2", "30/2", "31/5", "a", "", "ä"];
    expect(groups.map((group) => splitOf(group, { train: 0.4, validation: 0.3, test: 0.3 }))).toMatchInlineSnapshot(`
      [
        "train",
        "test",
        "validation",
        "train",
        "validation",
        "validation",
        "test",
        "test",
        "train",
        "test",
      ]
    `);
  });

  it("keeps to the shares within sampling error", () => {
    const counts = { train: 0, validation: 0, test: 0 };
    for (let index = 0; index < 20_000; index++) counts[splitOf(`group ${index}`, shares)]++;
    for (const name of splitNames) {
      const sigma = Math.sqrt(20_000 * shares[name] * (1 - shares[name]));
      expect(Math.abs(counts[name] - 20_000 * shares[name])).toBeLessThan(4 * sigma);
    }
  });

  it("leaves the test split as it is when validation and train share otherwise", () => {
    for (let index = 0; index < 2_000; index++) {
      const isTest = splitOf(`g${index}`, shares) === "test";
      expect(splitOf(`g${index}`, { train: 0.7, validation: 0.2, test: 0.1 }) === "test").toBe(isTest);
    }
  });

  it.each(splitNames)("puts everything into %s when its share is 1", (name) => {
    const all = { train: 0, validation: 0, test: 0, [name]: 1 };
    expect(new Set(Array.from({ length: 100 }, (_, index) => splitOf(String(index), all)))).toEqual(new Set([name]));
  });
});

describe("groupOfPrompt", () => {
  it("is the same for prompts that differ in case and white space alone", () => {
    expect(groupOfPrompt("  Mix\tA\n\nand B ")).toBe(groupOfPrompt("mix a and b"));
    expect(groupOfPrompt("mix a and b")).not.toBe(groupOfPrompt("mix a and c"));
  });
});
