import { describe, expect, it } from "vitest";
import { createExamplePicker, type Offer } from "./example-picker.ts";

const offersOf = (rows: number, changes: (row: number) => Partial<Offer> = () => ({})): Offer[] =>
  Array.from({ length: rows }, (_, row) => ({
    row,
    reason: "citation",
    failuresInRow: 1,
    detail: { row },
    ...changes(row),
  }));

function pick(offers: readonly Offer[], perReason?: number) {
  const picker = createExamplePicker(perReason);
  for (const offer of offers) picker.offer(offer);
  return picker.picked();
}

describe("the examples of a reason", () => {
  it("are the same five in whatever order the failures come", () => {
    const offers = offersOf(10_000);
    const forwards = pick(offers).get("citation");
    expect(forwards).toHaveLength(5);
    expect(pick(offers.toReversed()).get("citation")).toEqual(forwards);
    expect(forwards?.every(({ row, detail }) => (detail as { row: number }).row === row)).toBe(true);
  });

  it("come from all over the file", () => {
    const rows = (pick(offersOf(100_000), 50).get("citation") ?? []).map(({ row }) => row);
    expect(new Set(rows).size).toBe(50);
    for (const quarter of [0, 1, 2, 3]) {
      const inside = rows.filter((row) => Math.floor(row / 25_000) === quarter);
      expect(inside.length).toBeGreaterThan(4);
    }
  });

  it("are rows that fail for nothing else, as far as there are such", () => {
    const alone = new Set([17, 4_000, 9_999]);
    const picked = pick(offersOf(10_000, (row) => ({ failuresInRow: alone.has(row) ? 1 : 2 }))).get("citation") ?? [];
    expect(new Set(picked.slice(0, 3).map(({ row }) => row))).toEqual(alone);
    expect(picked).toHaveLength(5);
  });

  it("are fewer where fewer rows fail, and kept apart by reason", () => {
    const picked = pick([
      ...offersOf(2),
      ...offersOf(3, () => ({ reason: "rule:no-fluff", detail: null })),
      ...offersOf(1, () => ({ reason: "empty", row: 4_294_967_295 })),
    ]);
    expect([...picked].map(([reason, examples]) => [reason, examples.length])).toEqual([
      ["citation", 2],
      ["rule:no-fluff", 3],
      ["empty", 1],
    ]);
    expect(picked.get("empty")?.[0]?.row).toBe(4_294_967_295);
  });
});
