import type { Command } from 'commander';
import { changeState, type ChangeOptions } from '../steps/change-state.ts';
import type { Context } from '../context.ts';
import { addExamples, outputOption } from '../program.ts';

export function registerRebuild(program: Command, context: Context): void {
  const command = program
    .command('rebuild')
    .description('make the container of a workspace anew from its devcontainer; files stay')
    .argument('<workspace>', 'name or id')
    .option('--no-wait', 'do not wait until it runs')
    .addOption(outputOption())
    .action((workspace: string, options: ChangeOptions) => rebuild(context, workspace, options));
  addExamples(command, [['spt-flow rebuild demo', 'after a change of its devcontainer.json']]);
}

async function rebuild(context: Context, handle: string, options: ChangeOptions): Promise<void> {
  const client = await context.client();
  const request = () => client.rebuildWorkspace(handle);
  await changeState(context, { client, handle, request, goal: 'running', options });
}
