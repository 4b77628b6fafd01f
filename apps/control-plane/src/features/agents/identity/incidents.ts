import type { IncidentKind as RefusalKind } from '@spt-flow/tunnel/handshake/admission';
import type { Audit } from '../../../lib/audit.ts';
import type { Clock } from '../../../lib/clock.ts';
import { newCorrelationId } from '../../../lib/correlation.ts';
import type { Logs } from '../../logs/index.ts';
import type { AgentsRepository } from './agents-repository.ts';

/** A refused agent tries again and again: each incident is told this often at most. */
const REPEAT_INTERVAL_MS = 60_000;

/** `unbound`: connected all the same, because an administrator allows it. */
export type IncidentKind = RefusalKind | 'unbound';

const TEXTS: Readonly<Record<IncidentKind, string>> = {
  stale_generation:
    'An agent with an old copy of this workspace’s identity was refused: a disk was restored or copied. Release it or let it join anew',
  generation_ahead:
    'This workspace’s agent is ahead of the database and was put off: after restoring the database, start spt-flow once with --database-restored',
  token_reused: 'A second agent tried to join with this workspace’s one-time token and was refused',
  retired_key:
    'An agent with an earlier key of this workspace was refused: somebody uses an old copy of its disk',
  second_machine:
    'A second agent with this workspace’s identity connected from another machine and was refused. Release it or let it join anew',
  unbound:
    'This workspace’s agent is connected without a channel binding: whoever ends its TLS on the way can read and change everything',
};

export interface Incident {
  readonly kind: IncidentKind;
  readonly agentId: string;
  readonly machine: { readonly bootId: string; readonly machineFingerprint: string };
}

/** createIncidents tells people what they should look at: in the audit log and in the workspace's log. */
export function createIncidents(deps: {
  readonly repository: Pick<AgentsRepository, 'find'>;
  readonly audit: Audit;
  readonly logs: Pick<Logs, 'append'>;
  readonly clock: Clock;
}): (incident: Incident) => Promise<void> {
  const toldMs = new Map<string, number>();

  function wasTold(incident: Incident): boolean {
    const name = `${incident.kind}:${incident.agentId}`;
    const nowMs = deps.clock.monotonicMs();
    const lastMs = toldMs.get(name);
    if (lastMs !== undefined && nowMs - lastMs < REPEAT_INTERVAL_MS) return true;
    toldMs.set(name, nowMs);
    return false;
  }

  return async function report(incident) {
    if (wasTold(incident)) return;
    const agent = await deps.repository.find(incident.agentId);
    if (!agent) return;
    const { organizationId, workspaceId } = agent;
    const correlationId = newCorrelationId();
    const { bootId, machineFingerprint } = incident.machine;
    await deps.audit.record({
      organizationId,
      principal: `agent:${agent.id}`,
      action: `agent.${incident.kind}`,
      target: workspaceId,
      correlationId,
      detail: { bootId, machineFingerprint },
    });
    await deps.logs.append({ organizationId, workspaceId }, [
      { source: 'agent', level: 'error', text: TEXTS[incident.kind], correlationId },
    ]);
  };
}
