import { parseRelativePath } from './relative-path.ts';

/** Few enough that those of one large directory are worked on side by side. */
const MOST = 32;

/** Neighbours are items whose paths lie in one directory, so that one walk to it serves them all. */
export interface Neighbours<T> {
  readonly parents: readonly string[];
  readonly items: { readonly item: T; readonly name: string }[];
}

export function groupNeighbours<T extends { readonly path: string }>(
  items: readonly T[],
): Neighbours<T>[] {
  const groups: Neighbours<T>[] = [];
  const open = new Map<string, Neighbours<T>>();
  for (const item of items) {
    const segments = parseRelativePath(item.path);
    const name = segments.at(-1) ?? '';
    const parents = segments.slice(0, -1);
    const key = parents.join('/');
    let group = open.get(key);
    if (!group || group.items.length === MOST) {
      group = { parents, items: [] };
      groups.push(group);
      open.set(key, group);
    }
    group.items.push({ item, name });
  }
  return groups;
}
