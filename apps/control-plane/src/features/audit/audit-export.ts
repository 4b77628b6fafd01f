import type {
  AuditEntry,
  AuditExportEndSchema,
  AuditExportStartSchema,
} from '@spt-flow/shared/api/audit';
import type * as z from 'zod';

export async function* jsonLines(
  entries: AsyncIterable<AuditEntry>,
  file: {
    readonly start?: z.infer<typeof AuditExportStartSchema>;
    readonly end: z.infer<typeof AuditExportEndSchema>;
    readonly isLast: boolean;
  },
): AsyncGenerator<string> {
  if (file.start) yield `${JSON.stringify(file.start)}\n`;
  for await (const entry of entries) yield `${JSON.stringify(entry)}\n`;
  if (file.isLast) yield `${JSON.stringify(file.end)}\n`;
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
