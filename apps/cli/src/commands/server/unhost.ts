import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';

export function registerServerUnhost(server: Command, context: Context): void {
  const command = server
    .command('unhost')
    .description('let no workspaces run on a server any more; it must host none')
    .argument('<name>', 'name of the server')
    .action((name: string) => unhost(context, name));
  addExamples(command, [
    ['spt-flow server unhost build-1', 'before it is deleted, or another machine takes its place'],
  ]);
}

async function unhost(context: Context, name: string): Promise<void> {
  const client = await context.client();
  await client.removeHost(name);
  context.note(`'${plain(name)}' hosts no workspaces any more`);
}
