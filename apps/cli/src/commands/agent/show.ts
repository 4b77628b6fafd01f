import type { Command } from 'commander';
import type { AgentIdentity, Quarantine } from '@spt-flow/shared/api/agents';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

const REASONS: Record<Quarantine['kind'], string> = {
  stale_generation: 'an older copy of the identity asked to be let in',
  second_machine: 'a second machine with the identity asked to be let in',
};

export function registerAgentShow(agent: Command, context: Context): void {
  const command = agent
    .command('show')
    .description('show the identity of an agent, and who else has it')
    .argument('<workspace>', 'name or id')
    .addOption(outputOption())
    .action((workspace: string, options: { output: OutputFormat }) =>
      show(context, workspace, options.output),
    );
  addExamples(command, [
    ['spt-flow agent show demo', 'its key and machine'],
    ['spt-flow agent show demo --output json', 'the same for programs'],
  ]);
}

async function show(context: Context, handle: string, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const identity = await client.getAgent(handle);
  context.print(output, { data: identity, text: describeAgent(identity) });
  if (output === 'text' && identity.quarantine?.state === 'open') {
    context.note(
      `Is the detained machine the right one? spt-flow agent release ${handle}\nIs it not? spt-flow agent dismiss ${handle}`,
    );
  }
}

/** describeAgent aligns what there is to compare. */
export function describeAgent(identity: AgentIdentity): string {
  const { quarantine } = identity;
  return table([
    ['key', identity.keyId ?? 'none'],
    ['key since', identity.keySince ?? 'never'],
    ['machine', plain(identity.machineFingerprint)],
    ['generation', String(identity.generation)],
    ['binding', identity.channelBinding],
    ['copies', identity.clonePolicy],
    ['version', plain(identity.version)],
    ['last seen', identity.lastSeenAt ?? 'never'],
    ...(quarantine ? describeQuarantine(quarantine) : []),
  ]);
}

function describeQuarantine(quarantine: Quarantine): string[][] {
  return [
    ['detained', `${quarantine.since}, ${REASONS[quarantine.kind]} (${quarantine.state})`],
    ['  machine', plain(quarantine.machineFingerprint)],
    ['  generation', String(quarantine.generation)],
  ];
}
