import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { growNumbers, KeyTable } from "./key-table.ts";

it("numbers texts in the order in which they first come, over all its growths", () => {
  const table = new KeyTable();
  for (let index = 0; index < 20_000; index++) {
    expect(table.add(`id ${index}`)).toBe(index);
    expect(table.size).toBe(index + 1);
  }
  for (let index = 0; index < 20_000; index += 7) expect(table.add(`id ${index}`)).toBe(index);
  expect(table.size).toBe(20_000);
});

it("takes a text and its sha256 for the same key", () => {
  const table = new KeyTable();
  table.add("first");
  const number = table.add("second");
  expect(table.addSha256(createHash("sha256").update("second").digest("hex"))).toBe(number);
  expect(table.addSha256("0".repeat(64))).toBe(2);
});

it("makes room for numbers, and keeps those that are there", () => {
  const numbers = Float64Array.of(1, 2 ** 40);
  expect(growNumbers(numbers, 1)).toBe(numbers);
  const larger = growNumbers(numbers, 10);
  expect(larger).toBeInstanceOf(Float64Array);
  expect(larger.length).toBeGreaterThan(10);
  expect([...larger.subarray(0, 3)]).toEqual([1, 2 ** 40, 0]);
});
