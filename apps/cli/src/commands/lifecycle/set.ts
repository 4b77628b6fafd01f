import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { usageError } from '../../core/errors.ts';
import { addExamples, outputOption } from '../../program.ts';
import { readIdle } from '../../options/schedule-options.ts';
import { describeLifecyclePolicy } from './show.ts';

const MAX_DAYS = 3_650;

interface Options {
  readonly idle?: number | 'default';
  readonly dormant?: number | 'default';
  readonly delete?: number | 'default';
  readonly output: OutputFormat;
}

export function registerLifecycleSet(lifecycle: Command, context: Context): void {
  const command = lifecycle
    .command('set')
    .description('say how long workspaces of the organization live without use')
    .addOption(
      new Option('--idle <minutes>', 'stop them after so long, or never, default') //
        .argParser(readIdle),
    )
    .addOption(
      new Option('--dormant <days>', 'only people start them after so long, or never, default') //
        .argParser(readDays),
    )
    .addOption(
      new Option('--delete <days>', 'delete dormant ones after so long, or never, default') //
        .argParser(readDays),
    )
    .addOption(outputOption())
    .action((options: Options) => set(context, options));
  addExamples(command, [
    ['spt-flow lifecycle set --idle 60', 'stop workspaces after an hour without use'],
    ['spt-flow lifecycle set --dormant 30 --delete 14', 'tidy up what nobody comes back to'],
    ['spt-flow lifecycle set --delete default', 'go back to what is configured'],
  ]);
}

function readDays(text: string): number | 'default' {
  if (text === 'default') return text;
  const days = text === 'never' ? 0 : Number(text);
  if (Number.isInteger(days) && days >= 0 && days <= MAX_DAYS && text !== '') return days;
  throw new InvalidArgumentError(`It has to be days up to ${MAX_DAYS}, never or default.`);
}

async function set(context: Context, options: Options): Promise<void> {
  const given = {
    idleMinutes: options.idle,
    dormantDays: options.dormant,
    deleteDays: options.delete,
  };
  const body = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value === 'default' ? null : value]],
    ),
  );
  if (Object.keys(body).length === 0)
    throw usageError('Say what to set', 'spt-flow lifecycle set --idle 60');
  const client = await context.client();
  const data = await client.setLifecyclePolicy(body);
  context.print(options.output, { data, text: describeLifecyclePolicy(data) });
}
