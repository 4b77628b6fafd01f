import type { Queryable } from '@spt-flow/db/client';
import type { Audit } from '../../../lib/audit.ts';
import { newCorrelationId } from '../../../lib/correlation.ts';
import type { AgentRow } from './agents-repository.ts';

/** AgentAct is something that happened to an agent's identity. */
export interface AgentAct {
  readonly action: string;
  /** Who did it; the agent itself unless told. */
  readonly principal?: string;
  readonly correlationId?: string;
  readonly detail?: Record<string, unknown>;
}

type Subject = Pick<AgentRow, 'id' | 'organizationId' | 'workspaceId'>;

interface Recorder {
  readonly audit: Audit;
  readonly tx: Queryable;
}

/** recordAct stands and falls with the change that it describes. */
export function recordAct(recorder: Recorder, agent: Subject, act: AgentAct): Promise<void> {
  return recordActs(recorder, [{ agent, act }]);
}

/** recordActs records one act of each of many agents at once. */
export async function recordActs(
  { audit, tx }: Recorder,
  acts: readonly { readonly agent: Subject; readonly act: AgentAct }[],
): Promise<void> {
  const entries = acts.map(({ agent, act }) => {
    const { principal = `agent:${agent.id}`, correlationId = newCorrelationId(), ...rest } = act;
    const { organizationId, workspaceId: target } = agent;
    return { ...rest, organizationId, target, principal, correlationId };
  });
  await audit.recordAll(entries, tx);
}
