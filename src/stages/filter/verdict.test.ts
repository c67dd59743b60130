import { describe, expect, it } from "vitest";
import { parseVerdict } from "./verdict.ts";

const verdict = { score: 0.5, flags: ["unsafe"], rationale: "so" };

describe("parseVerdict", () => {
  it.each([
    ["plain", JSON.stringify(verdict)],
    ["white space around", `\n ${JSON.stringify(verdict)} \n`],
    ["a fence", `\`\`\`\n${JSON.stringify(verdict, null, 2)}\n\`\`\``],
    ["a json fence", `\`\`\`json\n${JSON.stringify(verdict)}\n\`\`\`  `],
  ])("reads a verdict: %s", (_name, text) => expect(parseVerdict(text)).toEqual({ verdict }));

  it.each([
    ["empty", ""],
    ["prose", "The score is 0.9."],
    ["prose around", `Here: ${JSON.stringify(verdict)}`],
    ["a number", "0.9"],
    ["a score above 1", JSON.stringify({ ...verdict, score: 80 })],
    ["a score below 0", JSON.stringify({ ...verdict, score: -0.1 })],
    ["a score as text", JSON.stringify({ ...verdict, score: "0.9" })],
    ["no score", JSON.stringify({ flags: [], rationale: "" })],
    ["flags as text", JSON.stringify({ ...verdict, flags: "none" })],
    ["a key too many", JSON.stringify({ ...verdict, mood: "good" })],
    ["a cut one", JSON.stringify(verdict).slice(0, -4)],
    ["a fence alone", "```"],
  ])("says what is wrong: %s", (_name, text) => expect(parseVerdict(text)).toHaveProperty("problem"));
});
