import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Schedule } from '@spt-flow/shared/domain/schedule';
import type { Client } from '../../../api/client.ts';
import type { Context, OutputFormat } from '../../../context.ts';
import { usageError } from '../../../core/errors.ts';
import { describePool } from '../../../words/pool-text.ts';
import { addExamples, outputOption } from '../../../program.ts';
import {
  addTimes,
  firstSchedule,
  timesOf,
  type TimeOptions,
} from '../../../options/schedule-options.ts';

interface Options extends TimeOptions {
  readonly size: number;
  readonly maxAge?: number;
  readonly always?: boolean;
  readonly output: OutputFormat;
}

export function registerTemplatePoolSet(pool: Command, context: Context): void {
  const command = addTimes(
    pool
      .command('set')
      .description('keep so many workspaces of a template ready, for whoever creates one next')
      .argument('<template>', 'name or id')
      .addOption(
        new Option('--size <count>', 'how many; 0: none') //
          .argParser(readCount)
          .makeOptionMandatory(),
      )
      .addOption(
        new Option('--max-age <hours>', 'replace older ones (24 at first)').argParser(readCount),
      ),
    { start: 'keep them ready from', stop: 'keep them ready until' },
  )
    .option('--always', 'keep them ready day and night')
    .addOption(outputOption())
    .action((handle: string, options: Options) => set(context, handle, options));
  addExamples(command, [
    ['spt-flow template pool set node-react --size 2', 'keeps two ready'],
    [
      'spt-flow template pool set node-react --size 5 --start 06:45 --stop 18:15',
      'keeps five ready in office hours, and none at night',
    ],
    ['spt-flow template pool set node-react --size 0', 'keeps none any more'],
  ]);
}

function readCount(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number');
}

async function set(context: Context, handle: string, options: Options): Promise<void> {
  const { size, maxAge: maxAgeHours, output } = options;
  const client = await context.client();
  const schedule = await scheduleOf(client, handle, options);
  const data = await client.setPool(handle, {
    size,
    ...(maxAgeHours !== undefined && { maxAgeHours }),
    ...(schedule !== undefined && { schedule }),
  });
  context.print(output, { data, text: describePool(handle, data) });
}

/** Undefined: it stays as it is. */
async function scheduleOf(
  client: Client,
  handle: string,
  options: Options,
): Promise<Schedule | null | undefined> {
  const given = timesOf(options);
  const hasTimes = Object.keys(given).length > 0;
  const help = `spt-flow template pool set ${handle} --size ${options.size} --start 06:45 --stop 18:15`;
  if (options.always && hasTimes) throw usageError('--always takes no times', help);
  if (options.always) return null;
  if (!hasTimes) return undefined;
  const next = { ...((await client.getPool(handle)).schedule ?? firstSchedule()), ...given };
  if (next.start === null || next.stop === null)
    throw usageError('Say from when until when they are kept ready', help);
  return next;
}
