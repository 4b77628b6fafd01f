import type { Queryable } from '@spt-flow/db/client';
import type { Revocation } from '@spt-flow/shared/api/agents';
import { AppError } from '@spt-flow/shared/domain/errors';
import { recordAct, type AgentAct } from './agent-audit.ts';
import type { AgentStoreDeps } from './agent-store.ts';
import type { AgentRow } from './agents-repository.ts';
import type { TokenRow } from './enrolment-repository.ts';

export interface RevocationDeps extends AgentStoreDeps {
  /** After the commit; the other replicas hear of it by themselves. */
  readonly onRevoked: (workspaceId: string) => Promise<void>;
}

export type Revoker = Pick<AgentAct, 'principal' | 'correlationId'>;

export interface Revoked {
  readonly agents: number;
  readonly tokens: number;
}

/** Revocations end the right to connect, for one agent or for all of somebody. */
export interface Revocations {
  /** AppError `not_found` when the organization has no such thing. */
  revoke(organizationId: string, revocation: Revocation, by: Revoker): Promise<Revoked>;
}

export function createRevocations(deps: RevocationDeps): Revocations {
  return {
    async revoke(organizationId, revocation, by) {
      const { agents, tokens } = await deps.repository.transaction((tx) =>
        apply(deps, { organizationId, revocation, by }, tx),
      );
      for (const { workspaceId } of agents) await deps.onRevoked(workspaceId);
      return { agents: agents.length, tokens: tokens.length };
    },
  };
}

interface Order {
  readonly organizationId: string;
  readonly revocation: Revocation;
  readonly by: Revoker;
}

async function apply(
  deps: RevocationDeps,
  order: Order,
  tx: Queryable,
): Promise<{ agents: AgentRow[]; tokens: TokenRow[] }> {
  const { organizationId, revocation, by } = order;
  if (revocation.kind === 'key') return { agents: [await revokeKey(deps, order, tx)], tokens: [] };
  const tokens = await revokeTokens(deps, order, tx);
  const found = await findAgents(deps, order, { tokens, tx });
  if (found.length + tokens.length === 0 && revocation.kind !== 'user') {
    throw new AppError('not_found');
  }
  const agents = await deps.repository.revoke(
    found.map(({ id }) => id),
    deps.clock.now(),
    tx,
  );
  for (const agent of agents) {
    await recordAct({ audit: deps.audit, tx }, agent, {
      action: 'agent.revoke',
      ...by,
      detail: revocation,
    });
    await deps.repository.notify(agent.workspaceId, tx);
  }
  for (const { id, workspaceId } of tokens) {
    const subject = { id, workspaceId, organizationId };
    await recordAct({ audit: deps.audit, tx }, subject, {
      action: 'join_token.revoke',
      principal: 'system',
      ...by,
      detail: revocation,
    });
  }
  return { agents, tokens };
}

async function revokeTokens(
  { enrolment }: RevocationDeps,
  { organizationId, revocation: { kind, id } }: Order,
  tx: Queryable,
): Promise<TokenRow[]> {
  if (kind === 'agent' || kind === 'key') return [];
  return enrolment.revoke(organizationId, { by: kind === 'join-token' ? 'token' : kind, id }, tx);
}

async function findAgents(
  { repository, keys }: RevocationDeps,
  { organizationId, revocation: { kind, id } }: Order,
  { tokens, tx }: { tokens: readonly TokenRow[]; tx: Queryable },
): Promise<AgentRow[]> {
  if (kind === 'user') return repository.ofOwner(organizationId, id, tx);
  if (kind === 'join-token') {
    const used = await Promise.all(
      tokens.map(async ({ usedByKeyId }) =>
        usedByKeyId === null ? undefined : keys.find(usedByKeyId, tx),
      ),
    );
    return used.flatMap((found) => (found ? [found.agent] : []));
  }
  const agent =
    kind === 'agent' ? await repository.find(id, tx) : await repository.ofWorkspace(id, tx);
  return agent?.organizationId === organizationId ? [agent] : [];
}

/** The agent stays, with its next key if it has one; else it must join anew. */
async function revokeKey(
  { repository, keys, audit }: RevocationDeps,
  { organizationId, revocation: { id: keyId }, by }: Order,
  tx: Queryable,
): Promise<AgentRow> {
  const found = await keys.find(keyId, tx);
  if (found?.agent.organizationId !== organizationId) throw new AppError('not_found');
  const { agent } = found;
  if (!(await keys.revoke(agent.id, keyId, tx))) throw new AppError('not_found');
  await repository.change({ id: agent.id }, { sessionId: null }, tx);
  await recordAct({ audit, tx }, agent, { action: 'agent.revoke_key', ...by, detail: { keyId } });
  await repository.notify(agent.workspaceId, tx);
  return agent;
}
