import { Option, type Command } from 'commander';
import {
  USAGE_SPANS,
  type Usage,
  type UsageSample,
  type UsageSpan,
} from '@spt-flow/shared/api/usage';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { formatSize, table } from '../../core/text.ts';

interface Options {
  readonly span: UsageSpan;
  readonly output: OutputFormat;
}

export function registerWorkspaceStats(workspace: Command, context: Context): void {
  const command = workspace
    .command('stats')
    .description('what a workspace used of its machine')
    .argument('<workspace>', 'name or id')
    .addOption(
      new Option('--span <span>', 'of the last hour or day').choices(USAGE_SPANS).default('hour'),
    )
    .addOption(outputOption())
    .action((handle: string, options: Options) => stats(context, handle, options));
  addExamples(command, [
    ['spt-flow workspace stats demo', 'processor, memory, disk and network of the last hour'],
    ['spt-flow workspace stats demo --span day --output json', 'every sample, for programs'],
  ]);
}

async function stats(context: Context, handle: string, { span, output }: Options): Promise<void> {
  const client = await context.client();
  const usage = await client.getUsage(handle, span);
  if (output === 'text' && usage.samples.length === 0)
    return context.note(
      `Nothing was measured in the last ${span}: it is measured while the workspace runs. Try: spt-flow start ${handle}`,
    );
  context.print(output, { data: usage, text: describeUsage(usage) });
}

const HEAD = ['', 'NOW', 'MEAN', 'HIGHEST', 'LIMIT'];

function describeUsage({ samples, limits }: Usage): string {
  const rows = [
    rowOf('Processors', values(samples, 'cpus'), { limit: limits.cpus, format: formatCpus }),
    rowOf('Memory', values(samples, 'memoryBytes'), {
      limit: limits.memoryBytes,
      format: formatSize,
    }),
    rowOf('Disk', values(samples, 'diskBytes'), { limit: limits.diskBytes, format: formatSize }),
    rowOf('Received', values(samples, 'receivedBytesPerSecond'), {
      limit: null,
      format: formatRate,
    }),
    rowOf('Sent', values(samples, 'sentBytesPerSecond'), { limit: null, format: formatRate }),
  ];
  return table([HEAD, ...rows]);
}

function values(samples: readonly UsageSample[], measure: Exclude<keyof UsageSample, 'at'>) {
  return samples.map((sample) => sample[measure]);
}

function rowOf(
  name: string,
  measured: readonly (number | null)[],
  { limit, format }: { limit: number | null; format: (value: number) => string },
): string[] {
  const known = measured.filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return [name, '-', '-', '-', limit === null ? '-' : format(limit)];
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const highest = Math.max(...known);
  return [name, ...[last, mean, highest].map(format), limit === null ? '-' : format(limit)];
}

function formatCpus(value: number): string {
  return value.toFixed(2);
}

function formatRate(value: number): string {
  return `${formatSize(value)}/s`;
}
