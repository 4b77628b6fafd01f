import type { ProjectAccessView } from '@spt-flow/shared/api/project-access';
import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

const PROJECT = "from 'spt-flow list'";
const HEAD = ['WHO', 'WHAT', 'MAY'];

/** Who finds a project at all. */
export function registerProjectAccess(project: Command, context: Context): void {
  const show = project
    .command('access')
    .description('show who has access to a project')
    .argument('<project>', PROJECT)
    .addOption(outputOption())
    .action((handle: string, { output }: { output: OutputFormat }) =>
      showAccess(context, handle, output),
    );
  addExamples(show, [['spt-flow project access shop', 'the people and groups it is shared with']]);
  const restrict = project
    .command('restrict')
    .description('hide a project from everybody but admins and those it is shared with')
    .argument('<project>', PROJECT)
    .action((handle: string) => setAccess(context, handle, 'restricted'));
  addExamples(restrict, [['spt-flow project restrict shop', 'ends what others have open in it']]);
  const unrestrict = project
    .command('unrestrict')
    .description('open a project to everybody in the organization')
    .argument('<project>', PROJECT)
    .action((handle: string) => setAccess(context, handle, 'organization'));
  addExamples(unrestrict, [['spt-flow project unrestrict shop', 'as projects are at first']]);
}

async function showAccess(context: Context, handle: string, output: OutputFormat): Promise<void> {
  const data = await (await context.client()).getProjectAccess(handle);
  context.print(output, { data, text: textOf(data) });
}

function textOf({ access, grants }: ProjectAccessView): string {
  const who = access === 'organization' ? 'everybody in the organization' : 'admins';
  const rows = access === 'restricted' ? grants : [];
  return table([
    HEAD,
    [who, '-', 'manage'],
    ...rows.map(({ kind, name, level }) => [plain(name), kind, level]),
  ]);
}

async function setAccess(
  context: Context,
  handle: string,
  access: ProjectAccessView['access'],
): Promise<void> {
  await (await context.client()).setProjectAccess(handle, access);
  context.note(
    access === 'restricted'
      ? `Only admins and those it is shared with find ${plain(handle)} now. Next: spt-flow project share ${plain(handle)} --with-person <e-mail>`
      : `Everybody in the organization finds ${plain(handle)} now`,
  );
}
