import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../../context.ts';
import { addExamples, outputOption } from '../../../program.ts';
import { describeRollout, describeTroubles, latestRollout } from './rollout-text.ts';

export function registerRolloutShow(rollout: Command, context: Context): void {
  const command = rollout
    .command('show')
    .description('show how far the latest roll-out is')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => show(context, options.output));
  addExamples(command, [
    ['spt-flow agent rollout show', 'its stages, and the servers that failed'],
    ['spt-flow agent rollout show --output json', 'with every server, for programs'],
  ]);
}

async function show(context: Context, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const latest = await latestRollout(client);
  const { items: servers } = await client.listRolloutServers(latest.id);
  const troubles = describeTroubles(servers);
  const text = [describeRollout(latest), troubles].filter((part) => part !== '').join('\n\n');
  context.print(output, { data: { ...latest, servers }, text });
}
