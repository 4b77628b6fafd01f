import type { Command } from 'commander';
import { changeState, type ChangeOptions } from '../steps/change-state.ts';
import { confirmByName } from '../steps/confirm.ts';
import type { Context } from '../context.ts';
import { addExamples, outputOption } from '../program.ts';
import { plain } from '../core/text.ts';

interface Options extends ChangeOptions {
  readonly yes?: boolean;
  readonly force?: boolean;
}

export function registerDelete(program: Command, context: Context): void {
  const command = program
    .command('delete')
    .description('delete a workspace with its files; the committed code stays')
    .argument('<workspace>', 'name or id')
    .option('--yes', 'do not ask')
    .option('--force', 'even when its machine does not answer; shows what is left of it')
    .option('--no-wait', 'do not wait until it is deleted')
    .addOption(outputOption())
    .action((workspace: string, options: Options) => remove(context, workspace, options));
  addExamples(command, [
    ['spt-flow delete demo', 'says what is lost, and asks for the name'],
    ['spt-flow delete demo --yes', 'for programs'],
    ['spt-flow delete demo --force', 'one that hangs; what is left is removed later'],
  ]);
}

async function remove(context: Context, handle: string, options: Options): Promise<void> {
  const client = await context.client();
  const workspace = await client.getWorkspace(handle);
  if (!options.yes) await confirm(context, workspace.name);
  if (options.force) return removeByForce(context, workspace.id, options);
  const request = () => client.deleteWorkspace(workspace.id);
  await changeState(context, { client, handle: workspace.name, request, goal: 'deleted', options });
}

async function removeByForce(context: Context, id: string, options: Options): Promise<void> {
  const client = await context.client();
  const { workspace, leftovers } = await client.forceDeleteWorkspace(id);
  const left = leftovers.map((text) => `\n  ${plain(text)}`).join('');
  const rest = left === '' ? '' : `. What is left is removed once its machine answers:${left}`;
  const text = `Workspace '${plain(workspace.name)}' is deleted${rest}`;
  context.print(options.output, { data: { workspace, leftovers }, text });
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
