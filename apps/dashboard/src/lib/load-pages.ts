interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** loadPages follows the cursor until the end or until `limit` items are there. */
export async function loadPages<Item>(
  loadPage: (cursor: string | undefined) => Promise<Page<Item>>,
  limit: number,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await loadPage(cursor);
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && items.length < limit);
  return items;
}
