import type { Command } from 'commander';
import { confirmByName } from '../../steps/confirm.ts';
import type { Context } from '../../context.ts';
import { findSnapshot } from '../../steps/find-snapshot.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';

export function registerSnapshotDelete(snapshot: Command, context: Context): void {
  const command = snapshot
    .command('delete')
    .description('delete a snapshot')
    .argument('<snapshot>', 'id')
    .option('--yes', 'do not ask')
    .action((id: string, options: { yes?: boolean }) => remove(context, id, options));
  addExamples(command, [['spt-flow snapshot delete <id>', 'asks for its name']]);
}

async function remove(context: Context, handle: string, { yes }: { yes?: boolean }): Promise<void> {
  const client = await context.client();
  const { id, name, workspaceName } = await findSnapshot(client, handle);
  if (!yes)
    await confirmByName(context, {
      ...{ name, doing: 'Deleting' },
      consequence: `This deletes the snapshot '${plain(name)}' of '${plain(workspaceName)}'; the workspace stays.`,
      command: `spt-flow snapshot delete ${id}`,
      safe: 'Nothing was deleted',
    });
  await client.removeSnapshot(id);
  context.note(`Snapshot '${plain(name)}' is deleted`);
}
