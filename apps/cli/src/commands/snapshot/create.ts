import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';

interface Options {
  readonly name?: string;
  readonly output: OutputFormat;
}

export function registerSnapshotCreate(snapshot: Command, context: Context): void {
  const command = snapshot
    .command('create')
    .description('keep the files of a workspace as they are now')
    .argument('<workspace>', 'name or id')
    .option('--name <name>', 'of the snapshot (default: the time)')
    .addOption(outputOption())
    .action((handle: string, options: Options) => create(context, handle, options));
  addExamples(command, [
    ["spt-flow snapshot create demo --name 'before the upgrade'", 'to go back to it'],
  ]);
}

async function create(context: Context, handle: string, { name, output }: Options): Promise<void> {
  const client = await context.client();
  const made = await client.createSnapshot(handle, name);
  const text = `Snapshot '${plain(made.name)}' of '${plain(made.workspaceName)}' is kept`;
  context.print(output, { data: made, text });
}
