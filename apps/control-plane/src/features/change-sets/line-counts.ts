/** Beyond this many steps an exact count is not worth its time; the file counts as rewritten. */
const MAX_STEPS = 4_000_000;

export interface LineCounts {
  readonly added: number;
  readonly removed: number;
}

/** countLines tells how many lines were added and removed, by the longest common subsequence. */
export function countLines(before: string | null, after: string | null): LineCounts {
  const old = linesOf(before);
  const now = linesOf(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let oldEnd = old.length;
  let nowEnd = now.length;
  while (oldEnd > start && nowEnd > start && old[oldEnd - 1] === now[nowEnd - 1]) {
    oldEnd -= 1;
    nowEnd -= 1;
  }
  const removed = oldEnd - start;
  const added = nowEnd - start;
  if (removed * added > MAX_STEPS) return { added, removed };
  const common = commonLines(old.slice(start, oldEnd), now.slice(start, nowEnd));
  return { added: added - common, removed: removed - common };
}

function commonLines(old: readonly string[], now: readonly string[]): number {
  let previous = new Array<number>(now.length + 1).fill(0);
  for (const line of old) {
    const row = [0];
    for (const [index, other] of now.entries()) {
      const same = (previous[index] ?? 0) + 1;
      row.push(line === other ? same : Math.max(previous[index + 1] ?? 0, row[index] ?? 0));
    }
    previous = row;
  }
  return previous.at(-1) ?? 0;
}

function linesOf(text: string | null): string[] {
  if (text === null || text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}
