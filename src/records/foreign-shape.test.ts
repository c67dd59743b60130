import fc from "fast-check";
import { expect, it } from "vitest";
import { foreignRowSchema } from "./foreign-row.ts";
import { isPlainForeignRow } from "./foreign-shape.ts";

const anyText = fc.constantFrom("", "a", "user", "\0");
const anyNumber = fc.constantFrom(
  0,
  -0,
  1,
  0.5,
  -1,
  1.5,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 53,
  Number.MAX_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
);
const anyMessage = fc.record(
  { role: fc.constantFrom("user", "assistant", "system", "tool", 1), content: fc.option(anyText), name: anyText },
  { requiredKeys: [] },
);
const anyValue = fc.oneof(
  anyText,
  anyNumber,
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.array(fc.oneof(anyMessage, anyText), { maxLength: 2 }),
  anyMessage,
);
const usual = new Map<string, fc.Arbitrary<unknown>>(
  Object.entries({
    id: fc.constantFrom("a", 7),
    messages: fc.array(fc.record({ role: fc.constantFrom("user", "assistant"), content: anyText }), { minLength: 1 }),
    expects_json: fc.boolean(),
    safety_flags: fc.array(anyText),
    group: fc.constant("g"),
  }),
);
const numbers = ["sample", "prompt_tokens", "completion_tokens", "cost_usd", "judge_score"];
const keys = [...Object.keys(foreignRowSchema.shape), "another", "__proto__"];
/** Mostly right, so that whole rows come about. */
const anyRow = fc.record(
  Object.fromEntries(
    keys.map((key) => [
      key,
      fc.oneof(
        {
          weight: 60,
          arbitrary: usual.get(key) ?? (numbers.includes(key) ? fc.constantFrom(0, 1) : anyText.filter(Boolean)),
        },
        { weight: 1, arbitrary: anyValue },
      ),
    ]),
  ),
  { requiredKeys: [] },
);

/** What the two say of a value; the same, but for messages that the schema changes. */
function compare(row: unknown): { isPlain: boolean } {
  const parsed = foreignRowSchema.safeParse(row);
  const isPlain = isPlainForeignRow(row);
  const read = (value: object) =>
    Object.keys(foreignRowSchema.shape).map((key) => (value as Record<string, unknown>)[key] ?? null);
  if (isPlain) expect(parsed.success && read(parsed.data)).toEqual(read(row as object));
  else if (parsed.success) expect(parsed.data.messages).not.toEqual((row as { messages: unknown }).messages);
  return { isPlain };
}

it("says of every odd value in every key what the schema says", () => {
  const texts = ["", "a", "\0", "user"];
  const numbers = [
    0,
    -0,
    1,
    0.5,
    -1,
    1.5,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 53,
    Number.MAX_VALUE,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ];
  const message = { role: "user", content: "A" };
  const lists = [
    [],
    ["a"],
    [1],
    [message],
    [message, "a"],
    [{ ...message, name: "n" }],
    [{ role: "tool", content: "A" }],
    [{ role: "user" }],
  ];
  for (const key of keys) {
    for (const value of [...texts, ...numbers, ...lists, true, null, undefined, {}, message])
      compare({ prompt: "A", teacher_output: "b", [key]: value });
  }
});

it("says of any row what the schema says, and yes to most", () => {
  let plain = 0;
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: anyRow }, { weight: 1, arbitrary: anyValue }), (row) => {
      if (compare(row).isPlain) plain++;
    }),
    { numRuns: 2000 },
  );
  expect(plain).toBeGreaterThan(500);
});
