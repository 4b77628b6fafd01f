import { open } from 'node:fs/promises';
import type { NewWorkspaceOptions } from '@spt-flow/shared/api/snapshots';
import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { CliError, EXIT } from '../../core/errors.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';
import { placeOption } from '../../options/place-option.ts';

interface Options extends NewWorkspaceOptions {
  readonly output: OutputFormat;
}

export function registerWorkspaceRestore(workspace: Command, context: Context): void {
  const command = workspace
    .command('restore')
    .description('make a new workspace of a backup')
    .argument('<file>', 'as `workspace backup` wrote it')
    .option('--name <name>', 'of the new one (default: that of the backup)')
    .addOption(placeOption('where it runs (default: where the files come from)'))
    .addOption(outputOption())
    .action((file: string, options: Options) => restore(context, file, options));
  addExamples(command, [
    ['spt-flow workspace restore demo-2026-11-26.spt-flow.tar', 'a new workspace and its project'],
    ['spt-flow workspace restore demo.tar --name demo-again', 'under another name'],
  ]);
}

async function restore(
  context: Context,
  file: string,
  { output, ...wanted }: Options,
): Promise<void> {
  const client = await context.client();
  const handle = await open(file).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError({ what: `The backup can't be read: ${reason}`, exitCode: EXIT.failure });
  });
  const made = await client.uploadBackup(handle.createReadStream(), wanted);
  context.print(output, { data: made, text: `Workspace '${plain(made.name)}' is made of ${file}` });
}
