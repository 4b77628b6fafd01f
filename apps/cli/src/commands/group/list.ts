import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

const HEAD = ['GROUP', 'FOLLOWS', 'PROJECTS', 'MEMBERS'];
const MAX_NAMES = 5;

export function registerGroupList(group: Command, context: Context): void {
  const command = group
    .command('list')
    .description('list the groups of your organization')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => list(context, options.output));
  addExamples(command, [['spt-flow group list', 'all groups, with who is in them']]);
}

async function list(context: Context, output: OutputFormat): Promise<void> {
  const { items } = await (await context.client()).listGroups();
  if (output === 'text' && items.length === 0)
    return context.note('There are no groups yet. Try: spt-flow group create <name>');
  const rows = items.map(({ name, follows, projects, members }) => [
    plain(name),
    follows ?? '-',
    String(projects),
    namesOf(members),
  ]);
  context.print(output, { data: items, text: table([HEAD, ...rows]) });
}

function namesOf(members: readonly { readonly name: string }[]): string {
  const shown = members.slice(0, MAX_NAMES).map(({ name }) => plain(name));
  const more = members.length - shown.length;
  return shown.length === 0 ? '-' : `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
