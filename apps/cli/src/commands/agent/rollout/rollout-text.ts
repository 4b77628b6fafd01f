import type { AgentRollout, RolloutMember } from '@spt-flow/shared/api/agent-updates';
import type { Client } from '../../../api/client.ts';
import { CliError, EXIT } from '../../../core/errors.ts';
import { plain, table } from '../../../core/text.ts';

const HEAD = ['STAGE', 'WAITING', 'UNDER WAY', 'DONE', 'FAILED', 'UNABLE'];

/** describeRollout says where a roll-out stands, stage by stage. */
export function describeRollout({ version, kind, state, reason, stages }: AgentRollout): string {
  const what = kind === 'back' ? `back to ${version}` : version;
  const rows = stages.map(({ name, isOpen, counts }, index) => [
    `${index + 1}: ${plain(name)}${isOpen ? '' : ' (not yet)'}`,
    String(counts.waiting),
    String(counts.updating + counts.trying),
    ...[counts.done, counts.failed, counts.unable].map(String),
  ]);
  const why = reason === null ? '' : `: ${plain(reason)}`;
  return `Roll-out of ${what}: ${state.replace('_', ' ')}${why}\n${table([HEAD, ...rows])}`;
}

/** Those that did not go well, with the reason. */
export function describeTroubles(members: readonly RolloutMember[]): string {
  const troubled = members.filter(({ state }) => state === 'failed' || state === 'unable');
  return table(
    troubled.map(({ name, state, version, reason }) => [
      plain(name),
      state,
      plain(version),
      plain(reason ?? ''),
    ]),
  );
}

export async function latestRollout(client: Client): Promise<AgentRollout> {
  const { items } = await client.listRollouts(1);
  const [latest] = items;
  if (latest) return latest;
  throw new CliError({
    what: 'Nothing has been rolled out yet',
    safe: 'Nothing was changed',
    command: 'spt-flow agent releases',
    exitCode: EXIT.failure,
  });
}
