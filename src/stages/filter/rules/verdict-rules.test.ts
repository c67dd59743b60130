import { describe, expect, it } from "vitest";
import type { Judgement } from "../judgement.ts";
import type { GateRow } from "../rule.ts";
import { toVerdictColumns } from "../verdict-columns.ts";
import { judgeScoreRule } from "./judge-score.ts";
import { providerFlagRule, providerFlags } from "./provider-flag.ts";
import { safetyFlagRule } from "./safety-flag.ts";

const judged: Extract<Judgement, { state: "judged" }> = {
  state: "judged",
  judge: "gpt-4o-mini",
  score: 0.8,
  scores: { correctness: 0.7, form: 1 },
  flags: [],
  rationale: "One unit is missing.",
};
const failed: Judgement = { state: "failed", detail: { code: "timeout", message: "No answer came in time" } };

function gateRow(changes: Partial<GateRow> = {}): GateRow {
  return {
    prompt: "P",
    request: "P",
    teacher_output: "Mix it.",
    finish_reason: "stop",
    completion_tokens: 3,
    error: null,
    expects_json: false,
    isTrainedOn: true,
    ...changes,
  };
}

function checkProvider(changes: Partial<GateRow>) {
  const row = gateRow(changes);
  return providerFlagRule.check({ row, answer: row.teacher_output ?? "", sqlValues: [], wholeRow: null });
}

describe("the judge's score", () => {
  it("is enough at the minimum, and not below", () => {
    expect(judgeScoreRule(0.8).check(judged)).toEqual({ keep: true });
    expect(judgeScoreRule(0.81).check({ ...judged, rationale: "x".repeat(500) })).toEqual({
      keep: false,
      reason: "low_judge_score",
      detail: {
        score: 0.8,
        minimum: 0.81,
        scores: judged.scores,
        judge: "gpt-4o-mini",
        rationale: `${"x".repeat(159)}…`,
      },
    });
  });

  it("that is not there leaves the row unjudged, whatever the minimum", () => {
    const { detail } = failed as { detail: unknown };
    expect(judgeScoreRule(0).check(failed)).toEqual({ keep: false, reason: "unjudged", detail });
  });
});

describe("safety flags", () => {
  it("of the judge reject the row, and no verdict has none", () => {
    expect(safetyFlagRule.check(judged)).toEqual({ keep: true });
    expect(safetyFlagRule.check(failed)).toEqual({ keep: true });
    expect(safetyFlagRule.check({ ...judged, flags: ["weapons"] })).toMatchObject({
      reason: "safety_flag",
      detail: { source: "judge", flags: ["weapons"], judge: "gpt-4o-mini" },
    });
  });

  it.each(["content-filter", "content_filter", "SAFETY"])(
    "of the provider are read from the finish reason %s",
    (reason) => {
      expect(checkProvider({ finish_reason: reason })).toEqual({
        keep: false,
        reason: "safety_flag",
        detail: { source: "provider", flags: ["content_filter"], finish_reason: reason },
      });
    },
  );

  it("of the provider are read from a failed call, whose row is rejected for its empty answer alone", () => {
    const row = { teacher_output: null, finish_reason: "error", error: "content_filter: 400 Your input was flagged" };
    expect(providerFlags(gateRow(row))).toEqual(["content_filter"]);
    expect(checkProvider(row)).toEqual({ keep: true });
  });

  it.each([{ finish_reason: "stop" }, { finish_reason: "length" }, { error: "timeout: content_filter" }])(
    "are none for %j",
    (changes) => {
      expect(providerFlags(gateRow(changes))).toEqual([]);
      expect(checkProvider(changes)).toEqual({ keep: true });
    },
  );
});

describe("a verdict's columns", () => {
  it("hold scores as JSON, and the provider's flags before the judge's, each once", () => {
    expect(toVerdictColumns({ ...judged, flags: ["weapons", "content_filter"] }, ["content_filter"])).toEqual({
      judge_score: 0.8,
      judge: "gpt-4o-mini",
      judge_scores: '{"correctness":0.7,"form":1}',
      judge_rationale: "One unit is missing.",
      safety_flags: ["content_filter", "weapons"],
    });
    expect(toVerdictColumns({ ...judged, scores: {} }).judge_scores).toBeNull();
  });

  it.each([failed, null])("are empty where there is no verdict, but for the provider's flags", (judgement) => {
    const none = { judge_score: null, judge: null, judge_scores: null, judge_rationale: null };
    expect(toVerdictColumns(judgement)).toEqual({ ...none, safety_flags: [] });
    expect(toVerdictColumns(judgement, ["content_filter"])).toEqual({ ...none, safety_flags: ["content_filter"] });
  });
});
