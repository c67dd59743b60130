import { DataError, toSafeLine } from "../../../core/index.ts";
import { IdTable, type RowPlace } from "./id-table.ts";

export interface IdOfRow extends RowPlace {
  readonly id: string;
  /** Whether the row names it itself. */
  readonly isOwn: boolean;
}

/** Sees to it that every row has an id of its own, over all files. */
export interface UniqueIds {
  /** The id, or another where it was made from a content that stood there before: the same prompt twice is two rows, and two ids. */
  take(row: IdOfRow): string | DataError;
}

export function createUniqueIds(fileNames: readonly string[]): UniqueIds {
  const table = new IdTable();
  /** The next number for an id that was made more than once. */
  const next = new Map<string, number>();
  return {
    take({ id, isOwn, ...place }) {
      const earlier = table.add(id, place);
      if (earlier === undefined) return id;
      if (isOwn) return givenTwice(id, { place, earlier, fileNames });
      for (let number = next.get(id) ?? 2; ; number++) {
        const free = `${id}-${number}`;
        if (table.add(free, place) !== undefined) continue;
        next.set(id, number + 1);
        return free;
      }
    },
  };
}

function givenTwice(
  id: string,
  { place, earlier, fileNames }: { place: RowPlace; earlier: RowPlace; fileNames: readonly string[] },
): DataError {
  const where = earlier.file === place.file ? "line " : `${fileNames[earlier.file]}:`;
  return new DataError(`the id \`${toSafeLine(id, 80)}\` is that of ${where}${earlier.line} already`, {
    file: fileNames[place.file] ?? "",
    row: place.line,
    code: "duplicate_id",
    hint: "Give each row an id of its own, or leave `id` out: it is made from the prompt then.",
  });
}
