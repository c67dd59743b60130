import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizeText } from "../../../records/index.ts";
import { TextScanner } from "./scan-text.ts";

function scan(...texts: string[]) {
  const scanner = new TextScanner();
  scanner.clear();
  for (const text of texts) scanner.add(text);
  const { keyLow, keyHigh, words, wordCount, begins, numbers, numberCount } = scanner;
  return {
    key: `${keyLow} ${keyHigh}`,
    words: [...words.subarray(0, wordCount)],
    begins: [...begins.subarray(0, wordCount)].join(""),
    numbers: [...numbers.subarray(0, numberCount)],
  };
}

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(..."aAbBéÉ\u0065\u0301  \t\n.,;1µΣσςİıß日本ไทย한\u00a0\ufeff\u0085😀𝐀𠀀"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
  maxLength: 40,
});

describe("the key", () => {
  it("is the same for texts that normalizeText makes equal", () => {
    const blanks = fc.constantFrom(" ", "\n", " \t ", "\u00a0\u3000");
    fc.assert(
      fc.property(fc.array(text), blanks, blanks, (parts, one, other) => {
        const [a, b] = [parts.join(one), `${other}${parts.join(other)}${one}`];
        fc.pre(normalizeText(a) === normalizeText(b));
        expect(scan(a).key).toBe(scan(b).key);
      }),
    );
  });

  it("is that of the normalised text, and another one for every other text", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        // Lower case can undo the normal form: once more leaves it as it is then.
        fc.pre(normalizeText(normalizeText(a)) === normalizeText(a));
        expect(scan(normalizeText(a)).key).toBe(scan(a).key);
        if (normalizeText(a) !== normalizeText(b)) expect(scan(a).key).not.toBe(scan(b).key);
      }),
      { numRuns: 500 },
    );
  });

  it("tells where the request ends and the answer begins", () => {
    expect(scan("a b", "c").key).not.toBe(scan("a", "b c").key);
    expect(scan("a", "b").key).not.toBe(scan("a b").key);
  });

  it("tells texts apart that are built to collide in sums of powers", () => {
    let [thue, morse] = ["a", "b"];
    for (let doubling = 0; doubling < 12; doubling++) [thue, morse] = [thue + morse, morse + thue];
    expect(scan(thue).key).not.toBe(scan(morse).key);
  });
});

describe("words", () => {
  it.each([
    ["case, punctuation and white space", "The  pH, (of) Tris!", "the ph of tris"],
    ["composed and decomposed letters", "caf\u00e9 re\u0301sume\u0301", "cafe\u0301 r\u00e9sum\u00e9"],
    ["the micro sign and the Greek letter", "5 µL", "5 \u03bcL"],
    ["line breaks and blanks", "a\r\nb\u00a0c", "a b c"],
  ])("do not depend on %s", (_what, one, other) => {
    expect(scan(one).words).toEqual(scan(other).words);
  });

  it.each([
    ["Chinese, a character a word", "日本の水", 4],
    ["Thai letters, without their marks", "น้ำ", 2],
    ["Korean by blanks", "물 한잔", 2],
    ["characters outside the basic plane", "𠀀𠀁 𝐀𝐁", 3],
    ["letters with digits", "H2O and 25mL", 3],
    ["emoji and punctuation, which are none", "😀 👩‍🔬 … — !?", 0],
    ["a lone half of a pair, which is none", "\ud83d a \ude00", 1],
    ["nothing", "", 0],
  ])("are counted in %s", (_what, given, count) => {
    expect(scan(given).words).toHaveLength(count);
  });

  it("know where a sentence or line can begin", () => {
    expect(scan("One two. Three, four\nfive: six 1.5 a", "seven").begins).toBe("1010110001");
  });
});

describe("numbers", () => {
  it("are read as tokens: decimals and thousands whole, digits beside letters too", () => {
    expect(scan("12, 0.5 and 1,000 or 25mL; 3.").numbers).toEqual(scan("12|0.5|1000|25|3").numbers);
    expect(scan("1,2 and 1,0000").numbers).toEqual(scan("1 2 1 0000").numbers);
    expect(scan("0.5").numbers).not.toEqual(scan("0.6").numbers);
    expect(scan("1.5.").numbers).toHaveLength(1);
  });
});
