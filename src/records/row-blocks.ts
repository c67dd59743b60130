/** Rows that are worked on together. */
export interface RowBlock<Row> {
  readonly rows: readonly Row[];
  /** About so much text. */
  readonly characters: number;
}

/** The rows in blocks that end at `mostRows` rows, or with the row that brings them to `mostCharacters`. */
export async function* inBlocks<Row>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  { mostRows, mostCharacters }: { readonly mostRows: number; readonly mostCharacters: number },
): AsyncGenerator<RowBlock<Row>> {
  let block: Row[] = [];
  let characters = 0;
  for await (const row of rows) {
    block.push(row);
    characters += countCharacters(row);
    if (block.length < mostRows && characters < mostCharacters) continue;
    yield { rows: block, characters };
    [block, characters] = [[], 0];
  }
  if (block.length > 0) yield { rows: block, characters };
}

/** What numbers and the like count for. */
const otherCharacters = 8;

function countCharacters(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return otherCharacters;
  let sum = 0;
  for (const member of Array.isArray(value) ? value : Object.values(value)) sum += countCharacters(member);
  return sum;
}
