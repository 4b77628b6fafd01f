import type { ForgeLink, ForgeStatus } from '@spt-flow/shared/api/forge';
import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

const CONNECTION: Readonly<Record<ForgeStatus['state'], string>> = {
  embedded: 'none: code is kept by spt-flow alone',
  connecting: 'GitLab, not reached yet',
  connected: 'GitLab, connected',
  failing: 'GitLab, not usable',
};
const LINK: Readonly<Record<ForgeLink['state'], string>> = {
  none: 'not in GitLab',
  waiting: 'waits to be carried',
  synced: 'the same here and in GitLab',
  failing: 'failing, tried again',
  diverged: 'changed here and in GitLab',
};

export function registerForgeStatus(forge: Command, context: Context): void {
  const command = forge
    .command('status')
    .description('whether GitLab is connected, or where a project is in it')
    .argument('[project]', 'name or id')
    .addOption(outputOption())
    .action((project: string | undefined, options: { output: OutputFormat }) =>
      project === undefined ? status(context, options) : link(context, project, options),
    );
  addExamples(command, [
    ['spt-flow forge status', 'the connection, and how many projects wait'],
    ['spt-flow forge status demo', 'where it is, and what is to be carried'],
  ]);
}

async function status(context: Context, { output }: { output: OutputFormat }): Promise<void> {
  const forge = await (await context.client()).getForge();
  const { projects } = forge;
  const rows = [
    ['Forge', CONNECTION[forge.state]],
    ['Address', plain(forge.url ?? '')],
    ['Version', plain(forge.version ?? '')],
    ['Scopes', plain(forge.scopes.join(', '))],
    ['Last webhook', forge.lastHookAt ?? (forge.kind === 'gitlab' ? 'none yet' : '')],
    [
      'Projects',
      `${projects.synced} carried, ${projects.waiting} waiting, ${projects.failing} failing, ${projects.diverged} to merge`,
    ],
    ['Problem', plain(forge.problem ?? '')],
  ];
  context.print(output, { data: forge, text: table(rows.filter(([, value]) => value !== '')) });
}

async function link(
  context: Context,
  project: string,
  { output }: { output: OutputFormat },
): Promise<void> {
  const found = await (await context.client()).getForgeLink(project);
  context.print(output, { data: found, text: describeLink(found) });
}

/** describeLink names where a project is, and what somebody has to do about it. */
export function describeLink(link: ForgeLink): string {
  const rows = [
    ['State', LINK[link.state]],
    ['Address', plain(link.url ?? '')],
    ['Clone', plain(link.cloneUrl ?? '')],
    ['Carried', link.syncedAt ?? ''],
    ['To do', plain(link.detail ?? '')],
  ];
  return table(rows.filter(([, value]) => value !== ''));
}
