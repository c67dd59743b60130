import { describe, expect, it } from "vitest";
import { IdTable } from "./id-table.ts";

describe("a table of ids", () => {
  it("knows where each of many stands, and none that it was not told", () => {
    const table = new IdTable();
    const place = (index: number) => ({ file: index % 7, line: index + 1 });
    for (let index = 0; index < 20_000; index++) expect(table.add(`id ${index}`, place(index))).toBeUndefined();
    for (let index = 0; index < 20_000; index += 17)
      expect(table.add(`id ${index}`, { file: 0, line: 1 })).toEqual(place(index));
    expect(table.add("another", place(1))).toBeUndefined();
  });
});
