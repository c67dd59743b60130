import { expect, test } from "vitest";
import { type DilutionRequest, formatPrompt, groupOf, parseRequest, solve } from "./task.ts";

const request: DilutionRequest = {
  volume: 980,
  unit: "mL",
  finalMillimolar: 12,
  stockMillimolar: 60,
  solute: "glucose",
  purpose: "western blot",
  expectsJson: false,
};

test("a prompt is read back into the request it was written from", () => {
  const prompt = formatPrompt(request);
  expect(prompt).toBe("Prepare 980 mL of 12 mM glucose from a 60 mM stock for the western blot.");
  expect(parseRequest(prompt)).toEqual(request);
  expect(parseRequest(formatPrompt({ ...request, unit: "µL", expectsJson: true }))).toMatchObject({
    unit: "µL",
    expectsJson: true,
  });
});

test.each([
  "",
  "What is the capital of France?",
  "Prepare 980 mL of 12 mM glucose from a 60 mM stock for the western blot",
  "Prepare 980 mL of 12 mM glucose from a 60 mM stock for the western blot. Please.",
  "Prepare 980 mL of 12 mM glucose from a 61 mM stock for the western blot.",
  "Prepare 981 mL of 12 mM glucose from a 60 mM stock for the western blot.",
  "Prepare 0980 mL of 12 mM glucose from a 60 mM stock for the western blot.",
  "Prepare 20 mL of 12 mM glucose from a 60 mM stock for the western blot.",
  "Prepare 980 mL of 12 mM gold from a 60 mM stock for the western blot.",
])("does not take %j for one of its requests", (prompt) => {
  expect(parseRequest(prompt)).toBeNull();
});

test("works the division out digit by digit", () => {
  expect(solve(request)).toEqual({
    factor: 5,
    steps: [
      { dividend: 9, quotient: 1, remainder: 4 },
      { dividend: 48, quotient: 9, remainder: 3 },
      { dividend: 30, quotient: 6, remainder: 0 },
    ],
    stockVolume: 196,
  });
});

test("requests with the same volume and factor are one group, whatever else they say", () => {
  expect(groupOf(request)).toBe("980/5");
  expect(groupOf({ ...request, solute: "urea", finalMillimolar: 2, stockMillimolar: 10, unit: "µL" })).toBe("980/5");
});
