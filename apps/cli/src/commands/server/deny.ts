import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';
import { readUserCode } from './user-code.ts';

export function registerServerDeny(server: Command, context: Context): void {
  const command = server
    .command('deny')
    .description('turn a machine away that shows a code')
    .argument('<code>', 'as the machine shows it', readUserCode)
    .action((code: string) => deny(context, code));
  addExamples(command, [['spt-flow server deny BDWP-HQPK', 'the machine is told so, and stops']]);
}

async function deny(context: Context, code: string): Promise<void> {
  const client = await context.client();
  await client.denyServerJoin(code);
  context.note('The machine was not let in');
}
