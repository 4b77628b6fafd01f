/** What spreadsheets take for the beginning of a formula, in any width. */
const FORMULA = /^[=+\-@\t\r＝＋－＠]/;

/** toCsvLine writes a row as RFC 4180 has it; a text that would be a formula in a spreadsheet stays a text. */
export function toCsvLine(row: readonly (string | number | null)[]): string {
  return `${row.map(toCell).join(',')}\r\n`;
}

function toCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value.trimStart()) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}
