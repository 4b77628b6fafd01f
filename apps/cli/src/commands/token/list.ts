import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

const HEAD = ['ID', 'NAME', 'SCOPE', 'EXPIRES', 'LAST USED'];

export function registerTokenList(token: Command, context: Context): void {
  const command = token
    .command('list')
    .description('list your API tokens')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => list(context, options.output));
  addExamples(command, [['spt-flow token list', 'every token, without its value']]);
}

async function list(context: Context, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const { items } = await client.listTokens();
  if (output === 'text' && items.length === 0) {
    return context.note('There are no API tokens. Try: spt-flow token create <name>');
  }
  const rows = items.map(({ id, name, scope, expiresAt, lastUsedAt }) => [
    id,
    plain(name),
    scope,
    expiresAt?.slice(0, 10) ?? 'never',
    lastUsedAt?.slice(0, 10) ?? 'never',
  ]);
  context.print(output, { data: items, text: table([HEAD, ...rows]) });
}
