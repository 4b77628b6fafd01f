import type { OutputStream } from './io.ts';

/** What a terminal is taken to have that does not say. */
export const USUAL_COLUMNS = 80;
/** Below this, lines are left as they are. */
const LEAST_COLUMNS = 40;
/** The text of a column is not squeezed into less. */
export const LEAST_TEXT_COLUMNS = 20;
const HANGING_INDENT = 2;
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** columnsOf a stream that is no terminal is undefined: what reads it wants whole lines. */
export function columnsOf({ isTTY, columns }: OutputStream): number | undefined {
  return isTTY === true ? Math.max(columns ?? USUAL_COLUMNS, LEAST_COLUMNS) : undefined;
}

/** widthOf counts the cells that a terminal needs for a text. */
export function widthOf(text: string): number {
  let cells = 0;
  for (const { segment } of letters.segment(text)) cells += WIDE.test(segment) ? 2 : 1;
  return cells;
}

/** fold breaks lines between words, under their last column; words that are too long stay whole to be copied. */
export function fold(text: string, columns: number | undefined): string {
  if (columns === undefined) return text;
  return text
    .split('\n')
    .map((line) => (widthOf(line) <= columns ? line : foldLine(line, columns)))
    .join('\n');
}

function foldLine(line: string, columns: number): string {
  const lastColumn = widthOf(/^.* {2}(?=\S)/.exec(line)?.[0] ?? '');
  const isRoomy = lastColumn > 0 && lastColumn + LEAST_TEXT_COLUMNS <= columns;
  const indent = isRoomy ? lastColumn : HANGING_INDENT;
  const lines: string[] = [];
  let current = '';
  // A word comes with what is before it, which keeps columns in line.
  for (const [, gap = '', word = ''] of line.matchAll(/(\s*)(\S+)/g)) {
    const longer = current + gap + word;
    if (current.trim() !== '' && widthOf(longer) > columns) {
      lines.push(current);
      current = ' '.repeat(indent) + word;
    } else current = longer;
  }
  return [...lines, current].join('\n');
}
