import type { Command } from 'commander';
import type { CoderStatus } from '@spt-flow/shared/api/coder';
import type { Context, OutputFormat } from '../../context.ts';
import { EXIT } from '../../core/errors.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

export function registerCoderStatus(coder: Command, context: Context): void {
  const command = coder
    .command('status')
    .description('whether workspaces can run on the Coder server, and its templates')
    .addOption(outputOption())
    .action(async ({ output }: { output: OutputFormat }, { parent }: Command) => {
      const status = await (await context.client()).getCoderStatus();
      context.print(output, { data: status, text: describe(status) });
      const isUsable = status.checks.every(({ ok }) => ok);
      if (!isUsable) parent?.parent?.setOptionValue('exitCode', EXIT.failure);
    });
  addExamples(command, [['spt-flow coder status', 'ask the Coder server']]);
}

function describe({ url, checks, templates }: CoderStatus): string {
  const rows = templates.map(({ name, displayName, deprecation }) => [
    plain(name),
    plain(displayName),
    deprecation === null ? '-' : plain(deprecation || 'yes'),
  ]);
  return [
    plain(url),
    ...checks.map(({ name, ok, words }) => `${ok ? '✓' : '✗'} ${plain(name)}: ${plain(words)}`),
    ...(rows.length > 0 ? ['', table([['TEMPLATE', 'TITLE', 'DEPRECATED'], ...rows])] : []),
  ].join('\n');
}
