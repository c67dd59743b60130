import { expect, it } from "vitest";
import { noAmounts } from "./amounts.ts";
import { createTokenAccount } from "./token-account.ts";

const size = { promptChars: 400, maxTokens: 1_000 };

function tokensRemaining(remaining: number) {
  return [{ kind: "tokens", limit: 10_000, remaining, resetMs: null, windowMs: null }] as const;
}

function setUp() {
  const account = createTokenAccount();
  const permit = () => {
    return { startedAt: 0, isProbe: false, size, taken: account.expected(size), takenBefore: noAmounts };
  };
  for (let call = 0; call < 10; call++) {
    account.observe(permit(), { how: "answered", promptTokens: 200, completionTokens: 50 });
  }
  return { account, permit };
}

it("expects of calls what those before them took, and corrects it by their usage", () => {
  const { account, permit } = setUp();
  expect(account.expected(size)).toEqual({ requests: 1, tokens: 250, input_tokens: 200, output_tokens: 50 });
  const usage = { how: "answered", promptTokens: 210, completionTokens: 20 } as const;
  expect(account.correction(permit(), usage)).toEqual({
    requests: 0,
    tokens: -20,
    input_tokens: 10,
    output_tokens: -30,
  });
  expect(account.correction(permit(), { how: "refused" })).toMatchObject({ requests: 0, tokens: -250 });
  expect(account.correction(permit(), { how: "failed" })).toBeNull();
});

it("counts the most that an answer may have, once a server has shown that it does", () => {
  const { account, permit } = setUp();
  // Others have used the account up: that shows nothing.
  account.refuse(permit(), tokensRemaining(100));
  expect(account.expected(size).tokens).toBe(250);
  account.refuse(permit(), tokensRemaining(700));
  expect(account.expected(size)).toEqual({ requests: 1, tokens: 1_200, input_tokens: 200, output_tokens: 50 });
  const usage = { how: "answered", promptTokens: 210, completionTokens: 20 } as const;
  expect(account.correction(permit(), usage)).toMatchObject({ tokens: 10, output_tokens: -30 });
});
