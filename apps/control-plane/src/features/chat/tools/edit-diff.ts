import { countLines, toLf } from './text-lines.ts';

const MAX_LINES = 40;
const CONTEXT_LINES = 1;

function sharedPrefix(left: readonly string[], right: readonly string[]): number {
  let count = 0;
  while (count < left.length && count < right.length && left[count] === right[count]) count++;
  return count;
}

function plural(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}

/** editDiff shows people what an edit changes: the first place to the last, with a line around it. */
export function editDiff(before: string | null, after: string | null): string {
  if (before === null) return `+ ${plural(countLines(after ?? ''))}`;
  if (after === null) return `- ${plural(countLines(before))}`;
  const old = toLf(before).split('\n');
  const next = toLf(after).split('\n');
  const start = sharedPrefix(old, next);
  const end = sharedPrefix(old.slice(start).reverse(), next.slice(start).reverse());
  const around = old.slice(Math.max(0, start - CONTEXT_LINES), start).map((line) => `  ${line}`);
  const below = old
    .slice(old.length - end, old.length - end + CONTEXT_LINES)
    .map((line) => `  ${line}`);
  const lines = [
    ...around,
    ...old.slice(start, old.length - end).map((line) => `- ${line}`),
    ...next.slice(start, next.length - end).map((line) => `+ ${line}`),
    ...below,
  ];
  const more = lines.length - MAX_LINES;
  return more > 0
    ? [...lines.slice(0, MAX_LINES), `  … ${plural(more)} more`].join('\n')
    : lines.join('\n');
}
