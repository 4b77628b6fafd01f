import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

const HEAD = ['HOST', 'PATH', 'USER NAME', 'SINCE', 'LAST USED'];

export function registerGitHosts(git: Command, context: Context): void {
  const command = git
    .command('hosts')
    .description('list the git hosts that your workspaces have a token for')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => hosts(context, options.output));
  addExamples(command, [['spt-flow git hosts', 'every host, without its token']]);
}

async function hosts(context: Context, output: OutputFormat): Promise<void> {
  const { items } = await (await context.client()).listGitLogins();
  if (output === 'text' && items.length === 0)
    return context.note('There are no tokens for git hosts. Try: spt-flow git login <host>');
  const rows = items.map(({ origin, path, username, createdAt, lastUsedAt }) => [
    plain(origin),
    plain(path) || '(all)',
    plain(username),
    createdAt.slice(0, 10),
    lastUsedAt?.slice(0, 10) ?? 'never',
  ]);
  context.print(output, { data: items, text: table([HEAD, ...rows]) });
}
