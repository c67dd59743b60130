import { describe, expect, it } from "vitest";
import { loadTokenCounter } from "../../models/index.ts";
import type { Message } from "../../records/index.ts";
import { createRunTally } from "./request-tally.ts";

const sha = (digit: string): string => digit.repeat(64);

describe("the count of a run's calls", () => {
  it("has each call once, and the tokens of those that are to be made", async () => {
    const tally = createRunTally();
    const messages: Message[] = [
      { role: "system", content: "Work it out. ".repeat(400) },
      { role: "user", content: "How much?" },
    ];
    for (const [digit, asked] of [
      ["1", null],
      ["2", messages],
      ["2", messages],
      ["1", null],
      ["3", messages],
    ] as const)
      await tally.add(sha(digit), asked);
    const counter = await loadTokenCounter();
    const tokens = 2 * counter.messages(messages);
    expect(tally.counted()).toMatchObject({
      calls: { toMake: 2, alreadyBought: 1 },
      prompt: { low: tokens, high: tokens },
      cacheable: counter.messages(messages.slice(0, 1)),
    });
  });
});
