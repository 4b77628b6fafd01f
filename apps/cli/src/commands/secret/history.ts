import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { scopeOf, scopeOptions, type ScopeOptions } from '../../api/secret-scope.ts';
import { plain, table } from '../../core/text.ts';

const HEAD = ['VERSION', 'CHANGE', 'WHEN (UTC)', 'BY'];

export function registerSecretHistory(secret: Command, context: Context): void {
  const command = secret
    .command('history')
    .description('list what was done to a secret')
    .argument('<name>');
  scopeOptions(command)
    .addOption(outputOption())
    .action((name: string, options: ScopeOptions & { output: OutputFormat }) =>
      history(context, name, options),
    );
  addExamples(command, [
    ['spt-flow secret history OPENAI_API_KEY --project my-app', 'versions, without values'],
  ]);
}

async function history(
  context: Context,
  name: string,
  options: ScopeOptions & { output: OutputFormat },
): Promise<void> {
  const { items } = await (await context.client()).listSecretVersions(name, scopeOf(options));
  if (options.output === 'text' && items.length === 0)
    return context.note(`There is no secret '${plain(name)}' here. Try: spt-flow secret list`);
  const rows = items.map(({ version, change, changedAt, changedBy }) => [
    String(version),
    change,
    changedAt?.slice(0, 16).replace('T', ' ') ?? 'unknown',
    plain(changedBy ?? ''),
  ]);
  context.print(options.output, { data: items, text: table([HEAD, ...rows]) });
}
