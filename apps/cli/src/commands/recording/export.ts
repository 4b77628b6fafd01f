import { Option, type Command } from 'commander';
import { saveFile } from '../../files/backup-file.ts';
import type { Context } from '../../context.ts';
import { findSession } from '../../steps/find-session.ts';
import { addExamples } from '../../program.ts';
import type { CastVersion } from '../../api/session-client.ts';

interface Options {
  readonly file?: string;
  readonly format: CastVersion;
}

export function registerRecordingExport(recording: Command, context: Context): void {
  const command = recording
    .command('export')
    .description('write a recording to a file, as asciicast')
    .argument('<session>', "id, or its beginning, from 'spt-flow recording list'")
    .option('-o, --file <file>', 'where to (default: <session>.cast)')
    .addOption(
      new Option('--format <version>', 'of asciicast').choices(['2', '3']).default('2' as const),
    )
    .action((handle: string, options: Options) => exportRecording(context, handle, options));
  addExamples(command, [
    ['spt-flow recording export 3f2a91c0', 'for asciinema play, or another player'],
  ]);
}

async function exportRecording(
  context: Context,
  handle: string,
  { file, format }: Options,
): Promise<void> {
  const client = await context.client();
  const { id } = await findSession(client, handle, {
    query: { recorded: 'true' },
    command: 'spt-flow recording list',
  });
  const target = file ?? `${id}.cast`;
  await saveFile(target, await client.readRecording(id, format), context.io.signal);
  context.note(`The recording is in ${target}`);
}
