import { expect, test } from "vitest";
import { displayWidth, fitToWidth, wrapToWidth } from "./display-width.ts";

test.each([
  ["plain text", 10],
  ["naïve · café", 12],
  ["e\u0301", 1],
  ["\u200bzero", 4],
  ["数据集", 6],
  ["ﾃﾞｰﾀ", 4],
  ["한국어", 6],
  ["🚀", 2],
  ["👩‍🔬", 2],
  ["❤️", 2],
  ["№ 5", 3],
  ["", 0],
])("%j takes %i columns", (text, columns) => {
  expect(displayWidth(text)).toBe(columns);
});

test("a line is cut so that it fits, and never in the middle of a character", () => {
  expect(fitToWidth("数据集数据集", 7)).toBe("数据集…");
  expect(fitToWidth("数据集数据集", 8)).toBe("数据集…");
  expect(fitToWidth("a👩‍🔬b", 4)).toBe("a👩‍🔬b");
  expect(fitToWidth("a👩‍🔬bc", 4)).toBe("a👩‍🔬…");
  expect(fitToWidth("fits", 4)).toBe("fits");
});

test("a long line is broken at spaces, and where it has none, at the width", () => {
  const options = { columns: 20, indent: "  " };
  expect(wrapToWidth("at 94% of 500 requests/min; 3 wait after 429", options)).toEqual([
    "at 94% of 500",
    "  requests/min; 3",
    "  wait after 429",
  ]);
  const parts = wrapToWidth("数".repeat(40), options);
  expect(parts.every((part) => displayWidth(part) <= 20)).toBe(true);
  expect(parts.join("").replaceAll(" ", "")).toBe("数".repeat(40));
});

test("ends, however narrow the terminal", () => {
  expect(wrapToWidth("数据 abc", { columns: 1, indent: "    " }).length).toBeGreaterThan(1);
});
