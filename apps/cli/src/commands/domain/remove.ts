import type { Command } from 'commander';
import { confirmByName } from '../../steps/confirm.ts';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';

export function registerDomainRemove(domain: Command, context: Context): void {
  const command = domain
    .command('remove')
    .description('give a domain up: the app no longer answers there')
    .argument('<project>', 'name or id')
    .argument('<domain>')
    .option('--yes', 'do not ask')
    .action((project: string, name: string, options: { yes?: boolean }) =>
      remove(context, { project, name }, options),
    );
  addExamples(command, [['spt-flow domain remove my-app shop.example.org', 'asks for its name']]);
}

async function remove(
  context: Context,
  { project, name }: { project: string; name: string },
  { yes }: { yes?: boolean },
): Promise<void> {
  if (!yes)
    await confirmByName(context, {
      ...{ name, doing: 'Removing' },
      consequence: `The app of '${plain(project)}' no longer answers at ${plain(name)}; the app itself stays as it is.`,
      command: `spt-flow domain remove ${plain(project)} ${plain(name)}`,
      safe: 'Nothing was removed',
    });
  await (await context.client()).removeDomain(project, name);
  context.note(`${plain(name)} is given up. Its records in the DNS are no longer needed`);
}
