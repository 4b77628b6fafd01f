import type { Command } from 'commander';
import type { RolloutVerb } from '../../../api/agent-update-client.ts';
import type { Context, OutputFormat } from '../../../context.ts';
import { addExamples, outputOption } from '../../../program.ts';
import { describeRollout, latestRollout } from './rollout-text.ts';

interface Verb {
  readonly name: string;
  readonly verb: RolloutVerb;
  readonly description: string;
  readonly example: string;
}

const VERBS: readonly Verb[] = [
  {
    ...{ name: 'pause', verb: 'pause' },
    description: 'begin with no further server',
    example: 'what has begun goes on',
  },
  {
    ...{ name: 'resume', verb: 'resume' },
    description: 'go on, and try those again that failed',
    example: 'after a pause, or after it has stopped by itself',
  },
  {
    ...{ name: 'roll-back', verb: 'rollBack' },
    description: 'bring the servers that have the version back to the one before',
    example: 'where it was signed that they may',
  },
];

export function registerRolloutDecide(rollout: Command, context: Context): void {
  for (const { name, verb, description, example } of VERBS) {
    const command = rollout
      .command(name)
      .description(description)
      .addOption(outputOption())
      .action((options: { output: OutputFormat }) => decide(context, verb, options.output));
    addExamples(command, [[`spt-flow agent rollout ${name}`, example]]);
  }
}

async function decide(context: Context, verb: RolloutVerb, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const { id } = await latestRollout(client);
  const rollout = await client.decideRollout(verb, id);
  context.print(output, { data: rollout, text: describeRollout(rollout) });
}
