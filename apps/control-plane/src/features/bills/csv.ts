/** What spreadsheets take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** toCsv writes rows as RFC 4180 has them; a text that would be a formula in a spreadsheet stays a text. */
export function toCsv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(toCell).join(',')}\r\n`).join('');
}

function toCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value.trimStart()) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}
