import { expect, test } from "vitest";
import { compareSettings } from "./compare-settings.ts";

test("settings are compared key by key, whatever their order; a list is one value", () => {
  const before = { basic: { verbs: ["mix", "run"], min: 120 }, judge: { model: "a", max_tokens: 400 }, rules: [] };
  const after = { judge: { max_tokens: 400, model: "b" }, basic: { min: 120, verbs: ["run", "mix"] }, rules: [] };
  expect(compareSettings(before, after)).toEqual([
    { key: "basic.verbs", before: ["mix", "run"], after: ["run", "mix"] },
    { key: "judge.model", before: "a", after: "b" },
  ]);
  expect(compareSettings(before, before)).toEqual([]);
});

test("what only one side has is a change, and so is null against an object", () => {
  expect(compareSettings({ judge: null, old: 1 }, { judge: { model: "a" }, own: false })).toEqual([
    { key: "judge", before: null, after: { model: "a" } },
    { key: "old", before: 1, after: undefined },
    { key: "own", before: undefined, after: false },
  ]);
});
