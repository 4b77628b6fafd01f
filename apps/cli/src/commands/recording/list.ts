import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { recordingTable } from '../../words/session-text.ts';

interface Options {
  readonly workspace?: string;
  readonly output: OutputFormat;
}

export function registerRecordingList(recording: Command, context: Context): void {
  const command = recording
    .command('list')
    .description("list recordings of terminals: your own, or everybody's for admins")
    .option('--workspace <workspace>', 'name or id')
    .addOption(outputOption())
    .action((options: Options) => list(context, options));
  addExamples(command, [
    ['spt-flow recording list --workspace demo', 'also what is no longer kept, and why'],
  ]);
}

async function list(context: Context, { workspace, output }: Options): Promise<void> {
  const client = await context.client();
  const data = await client.listSessions({
    recorded: 'true',
    ...(workspace !== undefined && { workspace }),
  });
  if (output === 'text' && data.length === 0)
    return context.note('There are no recordings. Try: spt-flow recording policy');
  context.print(output, { data, text: recordingTable(data) });
}
