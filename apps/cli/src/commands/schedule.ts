import { Option, type Command } from 'commander';
import type { Schedule } from '@spt-flow/shared/domain/schedule';
import type { Client, LifecycleUpdate } from '../api/client.ts';
import type { Context, OutputFormat } from '../context.ts';
import { usageError } from '../core/errors.ts';
import { describeLifecycle } from '../words/lifecycle-text.ts';
import { addExamples, outputOption } from '../program.ts';
import {
  addTimes,
  firstSchedule,
  readIdle,
  timesOf,
  type TimeOptions,
} from '../options/schedule-options.ts';

interface Options extends TimeOptions {
  readonly idle?: number | 'default';
  readonly clear?: boolean;
  readonly output: OutputFormat;
}

export function registerSchedule(program: Command, context: Context): void {
  const command = addTimes(
    program
      .command('schedule')
      .description('show or set when a workspace starts and stops by itself, and why it runs now')
      .argument('<workspace>', 'name or id'),
    { start: 'start it at', stop: 'stop it at' },
  )
    .addOption(
      new Option('--idle <minutes>', 'stop it after so long without use, or never, default') //
        .argParser(readIdle),
    )
    .option('--clear', 'take the schedule away')
    .addOption(outputOption())
    .action((workspace: string, options: Options) => schedule(context, workspace, options));
  addExamples(command, [
    ['spt-flow schedule demo', 'why it runs, what was used last, when it stops'],
    ['spt-flow schedule demo --start 06:45 --stop 18:15 --days mon-fri', 'office hours'],
    ['spt-flow schedule demo --idle 60', 'stop it after an hour without use'],
    ['spt-flow schedule demo --clear', 'no schedule any more'],
  ]);
}

async function schedule(context: Context, handle: string, options: Options): Promise<void> {
  const client = await context.client();
  const change = await changeOf(client, handle, options);
  const lifecycle = await (change === undefined
    ? client.getLifecycle(handle)
    : client.updateLifecycle(handle, change));
  context.print(options.output, { data: lifecycle, text: describeLifecycle(lifecycle) });
}

/** Undefined: nothing is to be changed. */
async function changeOf(
  client: Client,
  handle: string,
  options: Options,
): Promise<LifecycleUpdate | undefined> {
  const { idle, clear } = options;
  const given = timesOf(options);
  const hasSchedule = Object.keys(given).length > 0;
  if (clear && hasSchedule)
    throw usageError('--clear takes no other times', `spt-flow schedule ${handle} --clear`);
  const idleMinutes = idle === undefined ? {} : { idleMinutes: idle === 'default' ? null : idle };
  if (clear) return { ...idleMinutes, schedule: null };
  if (!hasSchedule) return idle === undefined ? undefined : idleMinutes;
  const known = (await client.getLifecycle(handle)).schedule ?? firstSchedule();
  const next: Schedule = { ...known, ...given };
  if (next.start === null && next.stop === null)
    throw usageError('Say when it starts or stops', `spt-flow schedule ${handle} --stop 18:15`);
  return { ...idleMinutes, schedule: next };
}
