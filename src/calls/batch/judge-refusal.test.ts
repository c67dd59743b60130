import { expect, it } from "vitest";
import { judgeRefusal } from "./judge-refusal.ts";

const error = (code: string, message: string, line: number | null = null) => ({ code, message, line });

it("tells what does not fit in from what is wrong", () => {
  const full =
    "Enqueued token limit reached for gpt-4o-mini in organization org-x. Limit: 2,000,000 enqueued tokens. Please try again once some in_progress batches have been completed.";
  expect(judgeRefusal([error("token_limit_exceeded", full)], 100)).toBe("too many tokens");
  expect(judgeRefusal([error("rate_limited", `429 ${full}`)], 100)).toBe("too many tokens");
  expect(judgeRefusal([error("file_too_large", "The provided file is too large.")], 100)).toBe("too large");
  expect(judgeRefusal([error("request_too_large", "413 Request exceeds the maximum size")], 100)).toBe("too large");
  expect(judgeRefusal([error("insufficient_quota", "You exceeded your current quota")], 100)).toBe("hopeless");
  expect(judgeRefusal([error("model_not_found", "No such model", 1)], 100)).toBe("hopeless");
  expect(judgeRefusal([], 100)).toBe("hopeless");
});

it("finds the lines that are not taken, by OpenAI's number or Anthropic's index", () => {
  const openai = [error("invalid_request", "max_tokens is too large", 3), error("invalid_request", "again", 3)];
  expect(judgeRefusal(openai, 100)).toEqual({ lines: new Map([[3, openai[0]]]) });
  const anthropic = error("bad_request", "400 requests.6.params.max_tokens: Input should be less than 4096");
  expect(judgeRefusal([anthropic], 100)).toEqual({ lines: new Map([[7, anthropic]]) });
});

it("is hopeless where every line is named", () => {
  expect(judgeRefusal([error("invalid_request", "no", 1), error("invalid_request", "no", 2)], 2)).toBe("hopeless");
});
