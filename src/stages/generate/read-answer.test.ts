import { describe, expect, it } from "vitest";
import type { LedgerCall } from "../../calls/index.ts";
import { readAnswer } from "./read-answer.ts";

function read(text: string, { finish = "stop", reasoning = null as string | null } = {}) {
  return readAnswer({ text, reasoning, finish_reason: finish } as LedgerCall, null);
}

describe("an answer", () => {
  it("is the text as it is", () => {
    expect(read("  Yes.\n")).toEqual({ text: "  Yes.\n", reasoning: null, error: null });
  });

  it("has its reasoning taken out where it begins with it", () => {
    expect(read("\n<think>\nHm, 2.\n</think>\n\nTwo.")).toEqual({ text: "Two.", reasoning: "Hm, 2.", error: null });
    expect(read("<think>\n\n</think>\n\nTwo.")).toEqual({ text: "Two.", reasoning: null, error: null });
    expect(read("<think>b</think>Two.", { reasoning: "a" })).toMatchObject({ text: "Two.", reasoning: "a\n\nb" });
  });

  it.each(["Write <think> and </think> around it.", "<think> is a tag.", "</think>Two."])(
    "keeps tags that are not at the beginning, or do not end: %s",
    (text) => {
      expect(read(text)).toEqual({ text, reasoning: null, error: null });
    },
  );

  it("is none where the tokens ended within the reasoning, however that came", () => {
    const error = "truncated_reasoning: max_tokens ended before the reasoning did";
    expect(read("<think>Hm, let me", { finish: "length" })).toEqual({ text: null, reasoning: "Hm, let me", error });
    expect(read("", { finish: "length", reasoning: "Hm" })).toEqual({ text: null, reasoning: "Hm", error });
    expect(read("<think>Hm</think>Two, bec", { finish: "length" })).toMatchObject({ text: "Two, bec", error: null });
  });

  it("is none where it is empty or filtered", () => {
    expect(read(" \n")).toMatchObject({ text: null, error: "empty: the answer has no text (stop)" });
    expect(read("<think>All of it</think>\n")).toMatchObject({ text: null, reasoning: "All of it" });
    expect(read("part", { finish: "content-filter" })).toMatchObject({
      text: null,
      error: "content_filter: the provider's content filter stopped the answer",
    });
  });
});
