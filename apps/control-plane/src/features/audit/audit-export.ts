import type {
  AuditEntry,
  AuditExportEndSchema,
  AuditExportStartSchema,
} from '@spt-flow/shared/api/audit';
import type * as z from 'zod';
import { toCsvLine } from '../../lib/csv.ts';

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
  if (withHead) yield toCsvLine(COLUMNS);
  for await (const entry of entries)
    yield toCsvLine(COLUMNS.map((column) => cellOf(entry[column])));
}

function cellOf(value: AuditEntry[(typeof COLUMNS)[number]]): string | number | null {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
