import type { Command } from 'commander';
import { backupFileName, saveFile } from '../../files/backup-file.ts';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';

export function registerWorkspaceBackup(workspace: Command, context: Context): void {
  const command = workspace
    .command('backup')
    .description('write the files of a workspace to this computer; what runs in it waits meanwhile')
    .argument('<workspace>', 'name or id')
    .option('-o, --file <file>', 'where to (default: <workspace>-<date>.spt-flow.tar)')
    .action((handle: string, options: { file?: string }) => backup(context, handle, options.file));
  addExamples(command, [
    ['spt-flow workspace backup demo', 'into this directory'],
    ['spt-flow workspace backup demo -o demo.tar', 'into a file'],
  ]);
}

async function backup(context: Context, handle: string, chosen: string | undefined): Promise<void> {
  const client = await context.client();
  const { id, name } = await client.getWorkspace(handle);
  const file = chosen ?? backupFileName(name);
  await saveFile(file, await client.downloadBackup(id), context.io.signal);
  context.note(`The backup of '${plain(name)}' is in ${file}. It holds all its secrets too.`);
}
