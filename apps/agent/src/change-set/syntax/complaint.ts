/** Of a line of minified code only this much on both sides is shown. */
const SHOWN_AROUND = 60;

/** In the form that the engines use for JavaScript: what, where, the line and a caret below it. */
export function complaintAt(source: string, offset: number, message: string): string {
  const before = source.slice(0, offset).split(/\r\n|[\n\r]/);
  const column = before.at(-1)?.length ?? 0;
  const rest = /^[^\n\r]*/.exec(source.slice(offset, offset + SHOWN_AROUND))?.[0] ?? '';
  const left = (before.at(-1) ?? '').slice(-SHOWN_AROUND);
  const excerpt = `${left}${rest}`.replaceAll('\t', ' ');
  const where = `line ${before.length}, column ${column + 1}`;
  return `SyntaxError: ${message} (${where})\n${excerpt}\n${' '.repeat(left.length)}^`;
}
