import type { AuditEntry, AuditExportEndSchema } from '@spt-flow/shared/api/audit';
import type * as z from 'zod';

export async function* jsonLines(
  entries: AsyncIterable<AuditEntry>,
  { end, isLast }: { end: z.infer<typeof AuditExportEndSchema>; isLast: boolean },
): AsyncGenerator<string> {
  for await (const entry of entries) yield `${JSON.stringify(entry)}\n`;
  if (isLast) yield `${JSON.stringify(end)}\n`;
}

const COLUMNS = [
  'sequence',
  'at',
  'principal',
  'principalName',
  'action',
  'target',
  'subjectName',
  'result',
  'address',
  'userAgent',
  'correlationId',
  'detail',
] as const satisfies readonly (keyof AuditEntry)[];

export async function* csvLines(
  entries: AsyncIterable<AuditEntry>,
  { withHead }: { withHead: boolean },
): AsyncGenerator<string> {
  if (withHead) yield `${COLUMNS.join(',')}\r\n`;
  for await (const entry of entries)
    yield `${COLUMNS.map((column) => cellOf(entry[column])).join(',')}\r\n`;
}

/** What a table would take for a formula is shown as text: names and programs are what people call them. */
const FORMULA = /^[=+\-@\t\r]/;

function cellOf(value: AuditEntry[(typeof COLUMNS)[number]]): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
