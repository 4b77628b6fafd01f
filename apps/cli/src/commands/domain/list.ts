import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

const HEAD = ['DOMAIN', 'STATE', 'FOUND', 'CHECKED (UTC)'];

export function registerDomainList(domain: Command, context: Context): void {
  const command = domain
    .command('list')
    .description('list the domains of a project')
    .argument('<project>', 'name or id')
    .addOption(outputOption())
    .action((project: string, options: { output: OutputFormat }) =>
      list(context, project, options.output),
    );
  addExamples(command, [['spt-flow domain list my-app', 'with what the DNS says of each']]);
}

async function list(context: Context, project: string, output: OutputFormat): Promise<void> {
  const { items } = await (await context.client()).listDomains(project);
  if (output === 'text' && items.length === 0)
    return context.note(
      `The project has no domains. Try: spt-flow domain add ${plain(project)} shop.example.org`,
    );
  const rows = items.map(({ name, state, found, checkedAt }) => [
    plain(name),
    state,
    plain(found),
    checkedAt?.slice(0, 16).replace('T', ' ') ?? 'never',
  ]);
  context.print(output, { data: items, text: table([HEAD, ...rows]) });
}
