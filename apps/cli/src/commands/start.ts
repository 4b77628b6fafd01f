import type { Command } from 'commander';
import { changeState, type ChangeOptions } from '../steps/change-state.ts';
import type { Context } from '../context.ts';
import { addExamples, outputOption } from '../program.ts';

export function registerStart(program: Command, context: Context): void {
  const command = program
    .command('start')
    .description('start a workspace, and wait until it runs')
    .argument('<workspace>', 'name or id')
    .option('--no-wait', 'do not wait until it runs')
    .addOption(outputOption())
    .action((workspace: string, options: ChangeOptions) => start(context, workspace, options));
  addExamples(command, [['spt-flow start demo', 'start it and wait']]);
}

async function start(context: Context, handle: string, options: ChangeOptions): Promise<void> {
  const client = await context.client();
  const request = () => client.startWorkspace(handle);
  await changeState(context, { client, handle, request, goal: 'running', options });
}
