import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { describeAgent } from './show.ts';

export function registerAgentRotate(agent: Command, context: Context): void {
  const command = agent
    .command('rotate')
    .description('change the key of a connected agent now')
    .argument('<workspace>', 'name or id')
    .addOption(outputOption())
    .action((workspace: string, options: { output: OutputFormat }) =>
      rotate(context, workspace, options.output),
    );
  addExamples(command, [['spt-flow agent rotate demo', 'nothing that runs notices']]);
}

async function rotate(context: Context, handle: string, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const identity = await client.rotateAgentKey(handle);
  context.print(output, { data: identity, text: describeAgent(identity) });
}
