import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalJson, type Json } from "../core/index.ts";
import { identifyCall } from "./identity.ts";
import type { ModelRequest } from "./request.ts";

const model = {
  provider: "openai",
  origin: "https://api.openai.com",
  identity: "gpt-4o-mini",
  providerOptions: {},
};
const plain: ModelRequest = {
  tag: 7,
  messages: [
    { role: "system", content: "Be exact." },
    {
      role: "user",
      content: "What is 2 + 2?\nSay it in “words” — \u0000 ✓ \ud83d\ude00 \ud800 lone, \u2028 </script>",
    },
  ],
  maxTokens: 512,
};
const whole: ModelRequest = {
  ...plain,
  sample: 3,
  temperature: 0.7,
  topP: 0.95,
  seed: 11,
  stop: ["END", "\n\n"],
  reasoningEffort: "low",
  responseSchema: {
    type: "object",
    properties: { b: { type: "number" }, a: { type: "string" } },
    required: ["b", "a"],
  },
};

// Computed when the identity was first defined: a ledger's answers are found by them, so that a change here buys everything again.
const pinned: readonly [string, Parameters<typeof identifyCall>, string][] = [
  ["a plain call", [model, plain], "c72a46c4c705497275b5d02bbfb0a1af4ecb323f551b49f59430ef5325d3cfe3"],
  ["a call with everything set", [model, whole], "5eb914c6b2fc7baf786c0f407cf44b3d43a690504ef759e41939859e818a949b"],
  [
    "a call with provider options",
    [{ ...model, providerOptions: { openai: { user: "x", nested: { z: 1, a: [true, null] } } } }, plain],
    "08eec3d0bbfa3cc509a1121a91e91d87a2f2f54edae2e1e04e88a249c675d628",
  ],
  [
    "a model in this process",
    [
      { provider: "nexa", origin: "nexa:", identity: "bench-science@0123", providerOptions: {} },
      { ...plain, temperature: 0 },
    ],
    "901e65eb8b028794ff3ff49abab08da35372f1a38e6a7270f6aaa782597aa779",
  ],
];

it.each(pinned)("keeps the identity of %s", (_name, [caller, request], identity) => {
  expect(identifyCall(caller, request).identity).toBe(identity);
});

it("is the sha256 of the request's canonical JSON, which can be read back", () => {
  for (const [, [caller, request]] of pinned) {
    const { identity, request: json } = identifyCall(caller, request);
    expect(createHash("sha256").update(json, "utf8").digest("hex")).toBe(identity);
    expect(canonicalJson(JSON.parse(json))).toBe(json);
  }
});

it("does not depend on the tag, and does on everything else", () => {
  const identityOf = (request: ModelRequest) => identifyCall(model, request).identity;
  expect(identityOf({ ...plain, tag: "another" })).toBe(identityOf(plain));
  const others: ModelRequest[] = [
    { ...plain, sample: 1 },
    { ...plain, temperature: 0 },
    { ...plain, maxTokens: 513 },
    { ...plain, seed: 0 },
    { ...plain, stop: ["x"] },
    { ...plain, messages: plain.messages.slice(1) },
    { ...plain, responseSchema: {} },
  ];
  expect(new Set([plain, ...others].map(identityOf)).size).toBe(others.length + 1);
});

it("renders what canonical JSON renders, whatever is asked", () => {
  const text = fc.string({ unit: "binary" });
  const options = fc.record(
    {
      sample: fc.nat(9),
      temperature: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }),
      topP: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.integer(),
      stop: fc.array(text, { maxLength: 3 }),
      responseSchema: fc.dictionary(text, fc.jsonValue() as fc.Arbitrary<Json>),
    },
    { requiredKeys: [] },
  );
  const role = fc.constantFrom("system", "user", "assistant");
  const messages = fc.array(fc.record({ role, content: text }), { minLength: 1, maxLength: 4 });
  const check = fc.property(messages, options, text, fc.dictionary(text, fc.dictionary(text, text)), (...asked) => {
    const [said, { sample, temperature, topP, seed, stop, responseSchema }, identity, providerOptions] = asked;
    const request = { tag: 0, messages: said, maxTokens: 9, sample, temperature, topP, seed, stop, responseSchema };
    const reference = canonicalJson({
      version: 1,
      provider: model.provider,
      origin: model.origin,
      model: identity,
      messages: said,
      sampling: { max_tokens: 9, temperature, top_p: topP, seed, stop: stop?.length ? stop : undefined },
      provider_options: Object.keys(providerOptions).length === 0 ? undefined : providerOptions,
      response_schema: responseSchema,
      sample: sample ?? 0,
    });
    expect(identifyCall({ ...model, identity, providerOptions }, request as ModelRequest).request).toBe(reference);
  });
  fc.assert(check, { numRuns: 500 });
});
