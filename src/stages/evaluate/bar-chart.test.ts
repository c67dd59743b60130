import { expect, test } from "vitest";
import { drawBars } from "./bar-chart.ts";

const options = { description: "reasons", unit: "answers", colour: "red" };

test("labels that are longer than their room are shortened, each code of ours is whole", () => {
  const own = "rule:a-name-that-is-as-long-as-a-name-may-be-x";
  const { svg } = drawBars(
    [
      { label: "too_many_characters", count: 3 },
      { label: own, count: 2 },
    ],
    options,
  );
  const [wide = "", narrow = ""] = svg.split("\n");
  for (const drawing of [wide, narrow]) expect(drawing).toContain(">too_many_characters<");
  const shown = (drawing: string): number => /rule:[^<]*…/.exec(drawing)?.[0].length ?? Number.POSITIVE_INFINITY;
  expect(shown(wide)).toBeLessThanOrEqual(28);
  expect(shown(narrow)).toBeLessThanOrEqual(19);
  expect(svg).not.toContain(own);
});
