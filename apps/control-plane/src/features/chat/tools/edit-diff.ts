import { countLines, toLf } from './text-lines.ts';

const MAX_LINES = 40;
const CONTEXT_LINES = 1;
/** Comparisons of lines; where a change has more, it is shown as one block. */
const MAX_COMPARISONS = 250_000;

interface Line {
  readonly mark: '+' | '-' | ' ';
  readonly text: string;
}

function sharedPrefix(left: readonly string[], right: readonly string[]): number {
  let count = 0;
  while (count < left.length && count < right.length && left[count] === right[count]) count++;
  return count;
}

function plural(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}

function marked(mark: Line['mark'], lines: readonly string[]): Line[] {
  return lines.map((text) => ({ mark, text }));
}

/** Of what is left of both from a line on: how many lines the two have in common. */
function commonLines(old: readonly string[], next: readonly string[]): number[][] {
  let below: number[] = next.map(() => 0);
  const rows = [below];
  for (const line of old.toReversed()) {
    const row: number[] = next.map(() => 0);
    for (let at = next.length - 1; at >= 0; at--)
      row[at] =
        line === next[at] ? (below[at + 1] ?? 0) + 1 : Math.max(below[at] ?? 0, row[at + 1] ?? 0);
    rows.push(row);
    below = row;
  }
  return rows.reverse();
}

function changedLines(old: readonly string[], next: readonly string[]): Line[] {
  if (old.length * next.length > MAX_COMPARISONS)
    return [...marked('-', old), ...marked('+', next)];
  const common = commonLines(old, next);
  const lines: Line[] = [];
  let left = 0;
  let right = 0;
  while (left < old.length && right < next.length) {
    if (old[left] === next[right]) {
      lines.push(...marked(' ', old.slice(left, left + 1)));
      left++;
      right++;
    } else if ((common[left + 1]?.[right] ?? 0) >= (common[left]?.[right + 1] ?? 0))
      lines.push(...marked('-', old.slice(left, ++left)));
    else lines.push(...marked('+', next.slice(right, ++right)));
  }
  return [...lines, ...marked('-', old.slice(left)), ...marked('+', next.slice(right))];
}

/** Lines that did not change are left out where no change is near. */
function nearChanges(lines: readonly Line[]): string[] {
  const isNear = lines.map((_, at) =>
    lines
      .slice(Math.max(0, at - CONTEXT_LINES), at + CONTEXT_LINES + 1)
      .some(({ mark }) => mark !== ' '),
  );
  return lines.flatMap(({ mark, text }, at) => {
    if (isNear[at]) return [`${mark} ${text}`];
    return isNear[at - 1] && isNear.includes(true, at) ? ['  …'] : [];
  });
}

/** editDiff shows people what an edit changes, with a line around each place. */
export function editDiff(before: string | null, after: string | null): string {
  if (before === null) return `+ ${plural(countLines(after ?? ''))}`;
  if (after === null) return `- ${plural(countLines(before))}`;
  const old = toLf(before).split('\n');
  const next = toLf(after).split('\n');
  const start = sharedPrefix(old, next);
  const end = sharedPrefix(old.slice(start).reverse(), next.slice(start).reverse());
  const lines = nearChanges([
    ...marked(' ', old.slice(0, start)),
    ...changedLines(old.slice(start, old.length - end), next.slice(start, next.length - end)),
    ...marked(' ', old.slice(old.length - end)),
  ]);
  const more = lines.length - MAX_LINES;
  return more > 0
    ? [...lines.slice(0, MAX_LINES), `  … ${plural(more)} more`].join('\n')
    : lines.join('\n');
}
