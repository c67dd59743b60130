import { displayWidth } from "../../core/index.ts";

const numeric = /^[-$]?[\d.,]+%?$/;

/** Lines with the cells below each other: the first column to the left, numbers and their headings to the right. */
export function alignTable(rows: readonly (readonly string[])[]): string[] {
  const columnCount = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: columnCount }, (_, index) => {
    const cells = rows.map((row) => row[index] ?? "");
    return {
      width: Math.max(...cells.map(displayWidth)),
      isRight: index > 0 && cells.slice(rows.length > 1 ? 1 : 0).every((cell) => cell === "" || numeric.test(cell)),
    };
  });
  return rows.map((row) => {
    const cells = columns.map(({ width, isRight }, index) => {
      const cell = row[index] ?? "";
      const room = " ".repeat(width - displayWidth(cell));
      return isRight ? room + cell : cell + room;
    });
    return `  ${cells.join("  ")}`.trimEnd();
  });
}
