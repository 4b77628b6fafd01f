import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../../context.ts';
import { usageError } from '../../../core/errors.ts';
import { addExamples, outputOption } from '../../../program.ts';
import { describeRollout } from './rollout-text.ts';

interface StartOptions {
  readonly canary?: string[];
  readonly percent?: string;
  readonly maxFailures?: string;
  readonly hours?: string;
  readonly timeZone?: string;
  readonly output: OutputFormat;
}

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

export function registerRolloutStart(rollout: Command, context: Context): void {
  const command = rollout
    .command('start')
    .description('bring a version of the agent to the servers, stage by stage')
    .argument('<version>', 'one that `spt-flow agent releases` lists')
    .option('--canary <server...>', 'servers that get it first')
    .option('--percent <numbers>', 'shares of all servers, one stage each', '5,25,100')
    .option('--max-failures <percent>', 'of a stage; with one more it stops', '1')
    .option('--hours <from-to>', 'only within these hours, such as 22:00-05:00')
    .option('--time-zone <zone>', 'of the hours', 'UTC')
    .addOption(outputOption())
    .action((version: string, options: StartOptions) => start(context, version, options));
  addExamples(command, [
    ['spt-flow agent rollout start 0.2.0', 'to 5, 25 and 100 percent'],
    ['spt-flow agent rollout start 0.2.0 --canary build-1 --percent 100', 'one first, then all'],
    [
      'spt-flow agent rollout start 0.2.0 --hours 22:00-05:00 --time-zone Europe/Berlin',
      'at night',
    ],
  ]);
}

async function start(context: Context, version: string, options: StartOptions): Promise<void> {
  const client = await context.client();
  const canary = options.canary ? [{ servers: options.canary }] : [];
  const shares = numbersOf('--percent', options.percent).map((percent) => ({ percent }));
  const [maxFailures] = numbersOf('--max-failures', options.maxFailures);
  const created = await client.createRollout({
    ...{ version, maxFailures },
    stages: [...canary, ...shares],
    hours: hoursOf(options),
  });
  context.print(options.output, { data: created, text: describeRollout(created) });
  if (options.output === 'text') context.note('Follow it: spt-flow agent rollout show');
}

function numbersOf(option: string, text = ''): number[] {
  const numbers = text.split(',').map(Number);
  if (numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= 100))
    return numbers;
  throw usageError(`${option} takes whole percents`, 'spt-flow agent rollout start --help');
}

function hoursOf({ hours, timeZone = 'UTC' }: StartOptions) {
  if (hours === undefined) return null;
  const [start = '', stop = ''] = hours.split('-');
  if (start !== '' && stop !== '') return { timeZone, weekdays: EVERY_DAY, start, stop };
  throw usageError(
    '--hours are two times, such as 22:00-05:00',
    'spt-flow agent rollout start --help',
  );
}
