/** A turn mostly waits: for a build, a start, a browser. */
export const LANES = 4;

/** sideBySide works through the items in lanes, each of which takes the next one as soon as it is free. */
export async function sideBySide<Item>(
  items: readonly Item[],
  work: (item: Item, lane: number) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    for (const item of left) await work(item, lane);
  });
  await Promise.all(lanes);
}
