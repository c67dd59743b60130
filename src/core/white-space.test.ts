import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collapseWhiteSpace, countCodePoints, countCollapsed } from "./white-space.ts";

describe("white space", () => {
  it("is what it is to Python", () => {
    expect(collapseWhiteSpace("\x1c a\u0085\u00a0\u3000b\n\tc\u2029")).toBe("a b c");
    expect(collapseWhiteSpace("\ufeffa\u200bb\u180e\ufeff")).toBe("\ufeffa\u200bb\u180e\ufeff");
    expect([collapseWhiteSpace(" \n "), collapseWhiteSpace("")]).toEqual(["", ""]);
  });

  it("is counted as collapsing the text first would", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 4 }),
      fc.constantFrom(" ", "\n", "\u00a0", "\x1c", "\u2028", "\ufeff", "😀"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(40), (pieces, enough) => {
        const text = pieces.join("");
        const characters = [...collapseWhiteSpace(text)].length;
        expect(countCollapsed(text)).toBe(characters);
        expect(countCollapsed(text, enough) >= enough).toBe(characters >= enough);
        expect(countCodePoints(text)).toBe([...text].length);
        expect(countCodePoints(text, enough) >= enough).toBe([...text].length >= enough);
      }),
    );
  });
});
