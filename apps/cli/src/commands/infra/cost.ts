import { Option, type Command } from 'commander';
import {
  estimateCost,
  INFRA_PATTERNS,
  type InfraPattern,
} from '@spt-flow/shared/domain/infra-cost';
import type { Context, OutputFormat } from '../../context.ts';
import { readOfficeHours, readWhole, type OfficeHours } from '../../options/cost-options.ts';
import { describeCost } from '../../words/cost-text.ts';
import { addExamples, outputOption } from '../../program.ts';

interface Options {
  readonly pattern: InfraPattern;
  readonly workspaces: number;
  readonly schedule: OfficeHours;
  readonly daysOff: number;
  readonly spotDiscount: number;
  readonly onDemand: number;
  readonly natGateways?: number;
  readonly output: OutputFormat;
}

const OFFICE = 'mon-fri 06:45-18:15';

export function registerInfraCost(infra: Command, context: Context): void {
  const command = infra
    .command('cost')
    .description('what a deployment on AWS costs a month; nothing is asked of AWS')
    .addOption(
      new Option('--pattern <name>', 'what is built').choices(INFRA_PATTERNS).makeOptionMandatory(),
    )
    .addOption(
      wholeOption('--workspaces <count>', 'that run at the same time', [0, 100_000]).default(40),
    )
    .addOption(
      new Option('--schedule <hours>', 'when machines of workspaces run')
        .argParser(readOfficeHours)
        .default(readOfficeHours(OFFICE), OFFICE),
    )
    .addOption(
      wholeOption('--days-off <count>', 'days a year without machines', [0, 250]).default(0),
    )
    .addOption(
      wholeOption('--spot-discount <percent>', 'of spot machines; 50 to 70 is usual', [0, 95]) //
        .default(70),
    )
    .addOption(
      wholeOption('--on-demand <percent>', 'of machines that are no spot machines', [0, 100]) //
        .default(20),
    )
    .addOption(wholeOption('--nat-gateways <count>', 'instead of those of the pattern', [0, 3]))
    .addOption(outputOption())
    .action((options: Options) => cost(context, options));
  addExamples(command, [
    ['spt-flow infra cost --pattern sr-ha --workspaces 40', 'by item, in four ways to run'],
    [
      "spt-flow infra cost --pattern sr-simple --schedule 'mon-fri 08:00-18:00' --days-off 11",
      'with hours of your own',
    ],
    ['spt-flow infra cost --pattern sr-ha --spot-discount 50 --output json', 'for programs'],
  ]);
}

function wholeOption(flags: string, meaning: string, [min, max]: [number, number]): Option {
  return new Option(flags, meaning).argParser(readWhole(min, max));
}

function cost(context: Context, options: Options): void {
  const { pattern, workspaces, schedule, natGateways } = options;
  const estimate = estimateCost({
    pattern,
    workspaces,
    ...schedule,
    holidaysPerYear: options.daysOff,
    spotDiscountPercent: options.spotDiscount,
    onDemandPercent: options.onDemand,
    ...(natGateways !== undefined && { natGateways }),
  });
  context.print(options.output, { data: estimate, text: describeCost(estimate) });
}
