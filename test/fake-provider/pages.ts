export interface PageOptions<Item> {
  /** The last id of the page before. */
  readonly after: string | undefined;
  readonly limit: string | undefined;
  readonly describe: (item: Item) => unknown;
}

const usualLimit = 20;

/** One page of a list, as OpenAI and Anthropic hand it out. */
export function pageOf<Item extends { readonly id: string }>(
  items: readonly Item[],
  { after, limit, describe }: PageOptions<Item>,
) {
  const start = after === undefined ? 0 : items.findIndex(({ id }) => id === after) + 1;
  const page = items.slice(start, start + Number(limit ?? usualLimit));
  return {
    object: "list",
    data: page.map(describe),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: start + page.length < items.length,
  };
}
