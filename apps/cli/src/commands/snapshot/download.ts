import type { Command } from 'commander';
import { backupFileName, saveFile } from '../../files/backup-file.ts';
import type { Context } from '../../context.ts';
import { findSnapshot } from '../../steps/find-snapshot.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';

export function registerSnapshotDownload(snapshot: Command, context: Context): void {
  const command = snapshot
    .command('download')
    .description('write a snapshot to this computer, as a backup')
    .argument('<snapshot>', 'id')
    .option('-o, --file <file>', 'where to (default: <workspace>-<date>.spt-flow.tar)')
    .action((id: string, options: { file?: string }) => download(context, id, options.file));
  addExamples(command, [['spt-flow snapshot download <id>', 'the id is in `snapshot list`']]);
}

async function download(
  context: Context,
  handle: string,
  chosen: string | undefined,
): Promise<void> {
  const client = await context.client();
  const { id, name, workspaceName } = await findSnapshot(client, handle);
  const file = chosen ?? backupFileName(workspaceName);
  await saveFile(file, await client.downloadSnapshot(id), context.io.signal);
  context.note(`The snapshot '${plain(name)}' is in ${file}. It holds all its secrets too.`);
}
