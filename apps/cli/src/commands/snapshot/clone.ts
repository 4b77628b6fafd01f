import type { NewWorkspaceOptions } from '@spt-flow/shared/api/snapshots';
import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { findSnapshot } from '../../steps/find-snapshot.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';
import { placeOption } from '../../options/place-option.ts';

interface Options extends NewWorkspaceOptions {
  readonly output: OutputFormat;
}

export function registerSnapshotClone(snapshot: Command, context: Context): void {
  const command = snapshot
    .command('clone')
    .description('make a new workspace of a snapshot, also when its own is deleted')
    .argument('<snapshot>', 'id')
    .option('--name <name>', 'of the new one')
    .addOption(placeOption('where it runs (default: where the files come from)'))
    .addOption(outputOption())
    .action((id: string, options: Options) => clone(context, id, options));
  addExamples(command, [
    ['spt-flow snapshot clone <id> --name demo-again', 'the id is in `snapshot list`'],
  ]);
}

async function clone(
  context: Context,
  handle: string,
  { output, ...wanted }: Options,
): Promise<void> {
  const client = await context.client();
  const snapshot = await findSnapshot(client, handle);
  const made = await client.cloneSnapshot(snapshot.id, wanted);
  const text = `Workspace '${plain(made.name)}' is made of the snapshot '${plain(snapshot.name)}'`;
  context.print(output, { data: made, text });
}
