/** SplitNames are wanted names that git takes beside others, and those it does not. */
export interface SplitNames<T> {
  readonly fitting: readonly T[];
  readonly clashing: readonly T[];
}

/** splitByClash tells them apart: a name is a file, so git has no `a` beside `a/b`. */
export function splitByClash<T extends { readonly name: string }>(
  wanted: readonly T[],
  taken: Iterable<string>,
): SplitNames<T> {
  const names = new Set(taken);
  const folders = new Set([...names].flatMap(foldersOf));
  const clashes = ({ name }: T) =>
    folders.has(name) || foldersOf(name).some((folder) => names.has(folder));
  return {
    fitting: wanted.filter((each) => !clashes(each)),
    clashing: wanted.filter(clashes),
  };
}

/** Of `a/b/c`: `a` and `a/b`. */
function foldersOf(name: string): string[] {
  return [...name.matchAll(/\//g)].map(({ index }) => name.slice(0, index));
}
