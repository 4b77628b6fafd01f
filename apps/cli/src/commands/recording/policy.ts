import type { OrganizationRecording } from '@spt-flow/shared/api/sessions';
import { RECORDING_MODES, type RecordingMode } from '@spt-flow/shared/domain/recording-policy';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { formatSize, table } from '../../core/text.ts';

const MAX_DAYS = 3_650;

interface Options {
  readonly mode?: RecordingMode;
  readonly keepDays?: number | null;
  readonly output: OutputFormat;
}

export function registerRecordingPolicy(recording: Command, context: Context): void {
  const command = recording
    .command('policy')
    .description('show whether terminals are recorded; admins change it')
    .addOption(new Option('--mode <mode>', 'for new sessions').choices(RECORDING_MODES))
    .addOption(
      new Option('--keep-days <days>', 'how long recordings are kept, or default') //
        .argParser(readDays),
    )
    .addOption(outputOption())
    .action((options: Options) => policy(context, options));
  addExamples(command, [
    ['spt-flow recording policy --mode on', 'record what terminals show'],
    ['spt-flow recording policy --mode required', 'no recording, no session: no SSH either'],
  ]);
}

function readDays(text: string): number | null {
  if (text === 'default') return null;
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return days;
  throw new InvalidArgumentError(`It has to be days up to ${MAX_DAYS}, or default.`);
}

async function policy(context: Context, { output, ...change }: Options): Promise<void> {
  const client = await context.client();
  const data =
    Object.keys(change).length === 0
      ? await client.getRecordingPolicy()
      : await client.setRecordingPolicy(change);
  context.print(output, { data, text: describe(data) });
}

const MODES: Readonly<Record<RecordingMode, string>> = {
  off: 'not recorded',
  on: 'recorded; a session goes on where that fails, and says so',
  required: 'recorded; no recording, no session. SSH can not be recorded and is refused',
};

function describe(policy: OrganizationRecording): string {
  const { mode, keepDays, isDefaultKeepDays, usedBytes, maxBytes } = policy;
  return table([
    ['Terminals', MODES[mode]],
    ['Kept', `${keepDays} days${isDefaultKeepDays ? ' (as configured)' : ''}`],
    ['Size', `${formatSize(usedBytes)} of ${formatSize(maxBytes)}; the oldest go first`],
  ]);
}
