import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';

interface Options {
  readonly name?: string;
  readonly output: OutputFormat;
}

export function registerWorkspaceClone(workspace: Command, context: Context): void {
  const command = workspace
    .command('clone')
    .description('make a new workspace of the files that another has now')
    .argument('<workspace>', 'name or id')
    .option('--name <name>', 'of the new one')
    .addOption(outputOption())
    .action((handle: string, options: Options) => clone(context, handle, options));
  addExamples(command, [['spt-flow workspace clone demo --name experiment', 'to try something']]);
}

async function clone(context: Context, handle: string, { name, output }: Options): Promise<void> {
  const client = await context.client();
  const made = await client.cloneWorkspace(handle, name);
  const text = `Workspace '${plain(made.name)}' is a clone of '${plain(handle)}'`;
  context.print(output, { data: made, text });
}
