import type { Queryable } from '@spt-flow/db/client';
import type { Audit } from '../../lib/audit.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { AgentRow } from './agents-repository.ts';

/** AgentAct is something that happened to an agent's identity. */
export interface AgentAct {
  readonly action: string;
  /** Who did it; the agent itself unless told. */
  readonly principal?: string;
  readonly correlationId?: string;
  readonly detail?: Record<string, unknown>;
}

/** recordAct stands and falls with the change that it describes. */
export async function recordAct(
  { audit, tx }: { audit: Audit; tx: Queryable },
  agent: Pick<AgentRow, 'id' | 'organizationId' | 'workspaceId'>,
  act: AgentAct,
): Promise<void> {
  const { principal = `agent:${agent.id}`, correlationId = newCorrelationId(), ...rest } = act;
  const { organizationId, workspaceId: target } = agent;
  await audit.record({ ...rest, organizationId, target, principal, correlationId }, tx);
}
