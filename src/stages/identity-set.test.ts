import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { IdentitySet } from "./identity-set.ts";

test("knows what was added, over all its growths", () => {
  const sums = Array.from({ length: 20_000 }, (_, index) => createHash("sha256").update(String(index)).digest("hex"));
  const set = new IdentitySet();
  expect(sums.every((sum) => set.add(sum))).toBe(true);
  expect(sums.some((sum) => set.add(sum))).toBe(false);
  expect(set.add("0".repeat(64))).toBe(true);
  expect(set.add("0".repeat(64))).toBe(false);
});
