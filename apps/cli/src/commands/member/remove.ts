import type { Belongings, HandedOver } from '@spt-flow/shared/api/members';
import { Option, type Command } from 'commander';
import { confirmByName } from '../../steps/confirm.ts';
import type { Context } from '../../context.ts';
import { findMember } from '../../steps/find-people.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';

interface Options {
  readonly transferTo?: string;
  readonly stop?: boolean;
  readonly yes?: boolean;
}

const MAX_NAMES = 8;

export function registerMemberRemove(member: Command, context: Context): void {
  const command = member
    .command('remove')
    .description('take a member out of your organization; what they made stays')
    .argument('<e-mail>', "from 'spt-flow member list'")
    .addOption(
      new Option(
        '--transfer-to <e-mail>',
        'the member who gets their workspaces and projects; not their secrets and git credentials',
      ),
    )
    .option('--stop', 'stop their workspaces that run')
    .option('--yes', 'do not ask')
    .action((email: string, options: Options) => remove(context, email, options));
  addExamples(command, [
    ['spt-flow member remove ben@example.com --transfer-to ada@example.com', 'Ada goes on with it'],
    ['spt-flow member remove ben@example.com --stop', 'decide later what becomes of it'],
  ]);
}

async function remove(
  context: Context,
  email: string,
  { transferTo, stop = false, yes = false }: Options,
): Promise<void> {
  const leaving = await findMember(context, email);
  const heir = transferTo === undefined ? undefined : await findMember(context, transferTo);
  const client = await context.client();
  const has = await client.listBelongings(leaving.id);
  const isLeft = has.workspaces.length + has.projects.length > 0 && !heir && !stop;
  if (isLeft && !yes)
    await confirmByName(context, {
      ...{ name: leaving.email, doing: 'Removing' },
      consequence: `${leftBehind(leaving.name, has)}\nThey stay as they are, and run on. To hand them over: --transfer-to <e-mail>; to stop them: --stop`,
      command: `spt-flow member remove ${leaving.email}`,
      safe: 'Nobody was removed',
    });
  const done = await client.removeMember(leaving.id, {
    ...(heir && { transferTo: heir.id }),
    stop: stop ? 'true' : 'false',
  });
  context.note(`${plain(leaving.name)} is no member any more`);
  if (heir) context.note(`${plain(heir.name)} has ${countsOf(done)} of theirs now`);
  if (stop) context.note(`${done.stopped} of their workspaces are being stopped`);
}

function leftBehind(name: string, { workspaces, projects }: Belongings): string {
  return [
    ...textOf(`Workspaces of ${plain(name)}`, workspaces),
    ...textOf(`Projects of ${plain(name)}`, projects),
  ].join('\n');
}

function textOf(title: string, items: readonly { readonly name: string }[]): string[] {
  if (items.length === 0) return [];
  const names = items.slice(0, MAX_NAMES).map((item) => plain(item.name));
  const more = items.length - names.length;
  return [`${title}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

/** countsOf says how much went to somebody. */
export function countsOf({ workspaces, projects }: HandedOver): string {
  const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  return `${counted(workspaces, 'workspace')} and ${counted(projects, 'project')}`;
}
