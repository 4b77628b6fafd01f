import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';
import { readVersion } from './show.ts';

export function registerTemplatePromote(template: Command, context: Context): void {
  const command = template
    .command('promote')
    .description('make new workspaces of this version; those that are there stay as they are')
    .argument('<template>', 'name or id')
    .argument('<number>', 'of the version', readVersion)
    .action((handle: string, number: number) => promote(context, handle, number));
  addExamples(command, [['spt-flow template promote node-react 3', 'an older one as well']]);
}

async function promote(context: Context, handle: string, number: number): Promise<void> {
  const client = await context.client();
  const { name, outdatedCount } = await client.updateTemplate(handle, { activeVersion: number });
  context.note(`New workspaces of '${plain(name)}' are made of version ${number}`);
  if (outdatedCount > 0)
    context.note(`${outdatedCount} are of other versions: spt-flow template impact ${plain(name)}`);
}
