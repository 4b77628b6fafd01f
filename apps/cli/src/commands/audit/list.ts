import type { AuditFilter } from '@spt-flow/shared/api/audit';
import { Option, type Command } from 'commander';
import { addAuditFilters, filterOf, type LogOption } from '../../options/audit-options.ts';
import { auditTable } from '../../words/audit-text.ts';
import type { Context, OutputFormat } from '../../context.ts';
import { readWhole } from '../../options/cost-options.ts';
import { addExamples, outputOption } from '../../program.ts';

interface Options extends AuditFilter, LogOption {
  readonly limit: number;
  readonly output: OutputFormat;
}

const MAX_LIMIT = 200;

export function registerAuditList(audit: Command, context: Context): void {
  const command = audit
    .command('list')
    .description('list what was done in your organization, newest first; for admins');
  addAuditFilters(command)
    .addOption(
      new Option('--limit <count>', 'how many').argParser(readWhole(1, MAX_LIMIT)).default(50),
    )
    .addOption(outputOption())
    .action((options: Options) => list(context, options));
  addExamples(command, [
    ['spt-flow audit list', 'the last that happened'],
    ['spt-flow audit list --action member --since 30d', 'who came and went'],
    ['spt-flow audit list --subject demo --result refused', 'what was refused of one workspace'],
  ]);
}

async function list(context: Context, { limit, output, ...filter }: Options): Promise<void> {
  const client = await context.client();
  const { items, nextCursor } = await client.listAudit({ ...filterOf(filter), limit });
  if (output === 'text' && items.length === 0) return context.note(nothing(filter));
  context.print(output, { data: items, text: auditTable(items) });
  if (nextCursor !== null)
    context.note("There is more: narrow it down, or take all with 'spt-flow audit export'");
}

/** Of an organization there is always its beginning. */
function nothing(filter: AuditFilter & LogOption): string {
  const { of, ...chosen } = filterOf(filter);
  return of === 'installation' && Object.keys(chosen).length === 0
    ? 'Nothing yet: here is noted when the database comes from a backup, and when old entries go'
    : 'Nothing like this was done. Try: spt-flow audit list';
}
