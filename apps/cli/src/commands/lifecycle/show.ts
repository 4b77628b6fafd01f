import type { Command } from 'commander';
import type { OrganizationLifecycle } from '@spt-flow/shared/api/lifecycle-policy';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { table } from '../../core/text.ts';

export function registerLifecycleShow(lifecycle: Command, context: Context): void {
  const command = lifecycle
    .command('show')
    .description('how long workspaces of the organization live without use')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => show(context, options.output));
  addExamples(command, [['spt-flow lifecycle show', 'what holds, and who said so']]);
}

async function show(context: Context, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const data = await client.getLifecyclePolicy();
  context.print(output, { data, text: describeLifecyclePolicy(data) });
}

const ROWS = [
  ['Stopped', 'idleMinutes', 'minutes without use'],
  ['Dormant', 'dormantDays', 'days without use'],
  ['Deleted', 'deleteDays', 'days of dormancy'],
] as const;

/** describeLifecyclePolicy says what holds, and whether the organization decided it. */
export function describeLifecyclePolicy({ own, effective }: OrganizationLifecycle): string {
  return table(
    ROWS.map(([name, time, unit]) => {
      const words = effective[time] === 0 ? 'never' : `after ${effective[time]} ${unit}`;
      return [name, own[time] === undefined ? `${words} (as configured)` : words];
    }),
  );
}
