import type { Command } from 'commander';
import type { Context, OutputFormat } from '../context.ts';
import { addExamples, outputOption } from '../program.ts';
import { plain, table } from '../core/text.ts';

export function registerWhoami(program: Command, context: Context): void {
  const command = program
    .command('whoami')
    .description('show who is signed in, and where')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => whoami(context, options.output));
  addExamples(command, [['spt-flow whoami', 'who am I, and on which server']]);
}

async function whoami(context: Context, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const me = await client.me();
  const server = await context.server();
  const text = table([
    ['Name', plain(me.name)],
    ['E-mail', plain(me.email)],
    ['Role', me.role],
    ['Organization', plain(me.organization.name)],
    ['Server', server],
  ]);
  context.print(output, { data: { ...me, server }, text });
}
