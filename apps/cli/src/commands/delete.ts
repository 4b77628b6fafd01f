import type { Command } from 'commander';
import { changeState, type ChangeOptions } from '../core/change-state.ts';
import { confirmByName } from '../core/confirm.ts';
import type { Context } from '../core/context.ts';
import { addExamples, outputOption } from '../core/program.ts';
import { plain } from '../core/text.ts';

interface Options extends ChangeOptions {
  readonly yes?: boolean;
}

export function registerDelete(program: Command, context: Context): void {
  const command = program
    .command('delete')
    .description('delete a workspace with its files; the committed code stays')
    .argument('<workspace>', 'name or id')
    .option('--yes', 'do not ask')
    .option('--no-wait', 'do not wait until it is deleted')
    .addOption(outputOption())
    .action((workspace: string, options: Options) => remove(context, workspace, options));
  addExamples(command, [
    ['spt-flow delete demo', 'says what is lost, and asks for the name'],
    ['spt-flow delete demo --yes', 'for programs'],
  ]);
}

async function remove(context: Context, handle: string, options: Options): Promise<void> {
  const client = await context.client();
  const workspace = await client.getWorkspace(handle);
  if (!options.yes) await confirm(context, workspace.name);
  const request = () => client.deleteWorkspace(workspace.id);
  await changeState(context, { client, handle: workspace.name, request, goal: 'deleted', options });
}

function confirm(context: Context, rawName: string): Promise<void> {
  const name = plain(rawName);
  return confirmByName(context, {
    name: rawName,
    doing: 'Deleting',
    consequence: [
      `This deletes the workspace '${name}':`,
      '  Lost: its files that are not committed, the data its app stored, what was installed, what runs in it',
      '  Kept: the project, its conversation and the committed code',
    ].join('\n'),
    command: `spt-flow delete ${name}`,
    safe: 'Nothing was deleted',
  });
}
