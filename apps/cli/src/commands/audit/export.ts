import type { AuditFilter } from '@spt-flow/shared/api/audit';
import type { Command } from 'commander';
import { pipeline } from 'node:stream/promises';
import { addAuditFilters, filterOf, type LogOption } from '../../options/audit-options.ts';
import { saveFile } from '../../files/backup-file.ts';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';

interface Options extends AuditFilter, LogOption {
  readonly file?: string;
  readonly csv?: boolean;
}

export function registerAuditExport(audit: Command, context: Context): void {
  const command = audit
    .command('export')
    .description('write the audit log, oldest first; for admins');
  addAuditFilters(command)
    .option('-o, --file <file>', 'where to, instead of standard output')
    .option('--csv', 'as a table, instead of lines of JSON that can be verified')
    .action((options: Options) => exportAudit(context, options));
  addExamples(command, [
    ['spt-flow audit export --file audit.jsonl', 'all of it, to be kept elsewhere'],
    ['spt-flow audit export --csv --since 30d --file audit.csv', 'for a table'],
  ]);
}

async function exportAudit(context: Context, { file, csv, ...filter }: Options): Promise<void> {
  const client = await context.client();
  const content = client.exportAudit(filterOf(filter), {
    format: csv === true ? 'csv' : 'jsonl',
  });
  const { stdout, signal } = context.io;
  if (file === undefined) return pipeline(content, stdout, { signal, end: false });
  await saveFile(file, content, signal);
  context.note(`The audit log is in ${file}`);
}
