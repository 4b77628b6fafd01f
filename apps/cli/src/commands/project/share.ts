import { PROJECT_LEVELS, type ProjectLevel } from '@spt-flow/shared/domain/project-access';
import { Option, type Command } from 'commander';
import type { Context } from '../../context.ts';
import { usageError } from '../../core/errors.ts';
import { findGroup, findMember } from '../../steps/find-people.ts';
import { addExamples } from '../../program.ts';
import type { Grantee } from '../../api/team-client.ts';
import { plain } from '../../core/text.ts';

interface Whom {
  readonly withPerson?: string;
  readonly withGroup?: string;
}

/** Gives people and groups access to a project, or takes it. */
export function registerProjectShare(project: Command, context: Context): void {
  const share = whomOptions(
    project
      .command('share')
      .description('give a person or a group access to a restricted project')
      .argument('<project>', "from 'spt-flow list'"),
  )
    .addOption(
      new Option(
        '--level <level>',
        'view: look; use: also work in it; manage: also share, rename and delete it',
      )
        .choices(PROJECT_LEVELS)
        .default('use' as const),
    )
    .action((handle: string, options: Whom & { level: ProjectLevel }) =>
      shareProject(context, handle, options),
    );
  addExamples(share, [
    ['spt-flow project share shop --with-group Shop', 'all of them work in it'],
    ['spt-flow project share shop --with-person ben@example.com --level view', 'Ben looks'],
  ]);
  const unshare = whomOptions(
    project
      .command('unshare')
      .description('take the access to a project from a person or a group')
      .argument('<project>', "from 'spt-flow list'"),
  ).action((handle: string, options: Whom) => unshareProject(context, handle, options));
  addExamples(unshare, [
    ['spt-flow project unshare shop --with-group Shop', 'ends what they have open in it'],
  ]);
}

function whomOptions(command: Command): Command {
  return command
    .option('--with-person <e-mail>', "from 'spt-flow member list'")
    .option('--with-group <name>', "from 'spt-flow group list'");
}

async function granteeOf(
  context: Context,
  { withPerson, withGroup }: Whom,
): Promise<Grantee & { name: string }> {
  if (withPerson !== undefined && withGroup === undefined)
    return { kind: 'person', ...(await findMember(context, withPerson)) };
  if (withGroup !== undefined && withPerson === undefined)
    return { kind: 'group', ...(await findGroup(context, withGroup)) };
  throw usageError('Say with whom: a person or a group', 'spt-flow project share --help');
}

async function shareProject(
  context: Context,
  handle: string,
  { level, ...whom }: Whom & { level: ProjectLevel },
): Promise<void> {
  const grantee = await granteeOf(context, whom);
  const { access } = await (await context.client()).shareProject(handle, grantee, level);
  context.note(`${plain(grantee.name)} may ${level} ${plain(handle)}`);
  if (access === 'organization')
    context.note(
      `The project is open to everybody still; to change that: spt-flow project restrict ${plain(handle)}`,
    );
}

async function unshareProject(context: Context, handle: string, whom: Whom): Promise<void> {
  const grantee = await granteeOf(context, whom);
  await (await context.client()).unshareProject(handle, grantee);
  context.note(`${plain(handle)} is not shared with ${plain(grantee.name)} any more`);
}
