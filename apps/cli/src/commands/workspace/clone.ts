import type { NewWorkspaceOptions } from '@spt-flow/shared/api/snapshots';
import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';
import { placeOption } from '../../options/place-option.ts';

interface Options extends NewWorkspaceOptions {
  readonly output: OutputFormat;
}

export function registerWorkspaceClone(workspace: Command, context: Context): void {
  const command = workspace
    .command('clone')
    .description('make a new workspace of the files that another has now')
    .argument('<workspace>', 'name or id')
    .option('--name <name>', 'of the new one')
    .addOption(placeOption('where it runs (default: where the files come from)'))
    .addOption(outputOption())
    .action((handle: string, options: Options) => clone(context, handle, options));
  addExamples(command, [
    ['spt-flow workspace clone demo --name experiment', 'to try something'],
    [
      'spt-flow workspace clone demo --provider kubernetes',
      'to move it there: delete demo afterwards',
    ],
  ]);
}

async function clone(
  context: Context,
  handle: string,
  { output, ...wanted }: Options,
): Promise<void> {
  const client = await context.client();
  const made = await client.cloneWorkspace(handle, wanted);
  const text = `Workspace '${plain(made.name)}' is a clone of '${plain(handle)}'`;
  context.print(output, { data: made, text });
}
