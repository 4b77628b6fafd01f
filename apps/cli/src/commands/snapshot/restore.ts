import type { Command } from 'commander';
import { confirmByName } from '../../steps/confirm.ts';
import type { Context, OutputFormat } from '../../context.ts';
import { findSnapshot } from '../../steps/find-snapshot.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';

interface Options {
  readonly yes?: boolean;
  readonly output: OutputFormat;
}

export function registerSnapshotRestore(snapshot: Command, context: Context): void {
  const command = snapshot
    .command('restore')
    .description('give a workspace the files of one of its snapshots; the present ones are lost')
    .argument('<workspace>', 'name or id')
    .argument('<snapshot>', 'name or id')
    .option('--yes', 'do not ask')
    .addOption(outputOption())
    .action((handle: string, wanted: string, options: Options) =>
      restore(context, { handle, wanted }, options),
    );
  addExamples(command, [
    ["spt-flow snapshot restore demo 'before the upgrade'", 'says what is lost, and asks'],
  ]);
}

async function restore(
  context: Context,
  { handle, wanted }: { handle: string; wanted: string },
  { yes, output }: Options,
): Promise<void> {
  const client = await context.client();
  const { id, name } = await client.getWorkspace(handle);
  const snapshot = await findSnapshot(client, wanted, id);
  const shown = plain(snapshot.name);
  if (!yes)
    await confirmByName(context, {
      ...{ name, doing: 'Restoring' },
      consequence: [
        `This gives '${plain(name)}' the files of '${shown}' (${snapshot.createdAt}):`,
        '  Lost: every file in it that was changed or made since, and what runs in it',
        '  Kept: its snapshots, the project, its conversation and the committed code',
      ].join('\n'),
      command: `spt-flow snapshot restore ${plain(name)} ${snapshot.id}`,
      safe: 'Nothing was changed',
    });
  const restored = await client.restoreSnapshot(id, snapshot.id);
  const text = `Workspace '${plain(name)}' runs with the files of '${shown}'`;
  context.print(output, { data: restored, text });
}
