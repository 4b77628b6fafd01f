import type { Command } from 'commander';
import { changeState, type ChangeOptions } from '../steps/change-state.ts';
import type { Context } from '../context.ts';
import { addExamples, outputOption } from '../program.ts';

export function registerStop(program: Command, context: Context): void {
  const command = program
    .command('stop')
    .description('stop a workspace; its files are kept')
    .argument('<workspace>', 'name or id')
    .option('--no-wait', 'do not wait until it is stopped')
    .addOption(outputOption())
    .action((workspace: string, options: ChangeOptions) => stop(context, workspace, options));
  addExamples(command, [['spt-flow stop demo', 'stop it and wait']]);
}

async function stop(context: Context, handle: string, options: ChangeOptions): Promise<void> {
  const client = await context.client();
  const request = () => client.stopWorkspace(handle);
  await changeState(context, { client, handle, request, goal: 'stopped', options });
}
