import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseReport } from "./read-report.ts";
import { formatSummary } from "./summary.ts";

const text = readFileSync(new URL("./fixtures/report.json", import.meta.url), "utf8");

test("says what was asked, kept, rejected and why, cost, accuracy with intervals, and where the report lies", () => {
  expect(formatSummary(parseReport(text, "report.json"))).toEqual([
    "asked     6,000 answers to 6,000 prompts, from nexa:bench-science (offline)",
    "kept      5,241 (87.4%): 4,449 to train, 266 to validate, 526 in the test split",
    "rejected  759 (12.7%): low_judge_score 431, too_few_tokens 140, too_few_characters 138, citation 129, no_action_verb 126, safety_flag 117, invalid_json 26 (a row may have several)",
    "cost      $0.00",
    "student   nexa:tiny (offline), 900 steps in 2 min 51 s",
    "right     untrained 0.0% (0.0% to 0.6%) -> trained 90.5% (87.9% to 92.6%), teacher 90.7% (88.1% to 92.7%)",
    "          of 612 unseen requests, 95% intervals in parentheses",
    "time      generate 4.2 s, filter 6.8 s, package 1.9 s, train 2 min 56 s, evaluate 9.4 s",
    "report    artifacts/reports/report.html",
  ]);
});

test("counts shares of all rows that came to the gate, those included to which the teacher had no answer", () => {
  const report = parseReport(text, "report.json");
  Object.assign(report.counts, { prompts: 10, answers: 4, kept: 1, rejected: 8, unjudged: 1, reasons: { empty: 6 } });
  const lines = formatSummary(report);
  expect(lines[1]).toContain("1 (10.0%)");
  expect(lines[2]).toBe("rejected  8 (80.0%): empty 6; unjudged 1");
});

test("says in words that nothing could be measured", () => {
  const report = parseReport(text, "report.json");
  report.evaluation.checked = 0;
  expect(formatSummary(report)).toContain(
    "right     not measured: no program checked the answers to the 612 test requests",
  );
});

test("lets no model name steer the terminal", () => {
  const report = parseReport(text, "report.json");
  report.teacher.model = "evil\u001b]0;title\u0007\u001b[2Jmodel";
  expect(formatSummary(report).join("\n")).not.toContain("\u001b");
});
