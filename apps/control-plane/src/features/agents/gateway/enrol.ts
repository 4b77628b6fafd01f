import type { Queryable } from '@spt-flow/db/client';
import { nextGeneration } from '@spt-flow/tunnel/handshake/admission';
import type { EnrolRequest, EnrolResult } from '@spt-flow/tunnel/handshake/store';
import {
  recordAct,
  sightingOf,
  type AgentRow,
  type AgentStoreDeps,
  type TokenRow,
} from '../identity/index.ts';

/** enrol consumes the token and makes the agent, or says why not. */
export async function enrol(
  deps: AgentStoreDeps,
  request: EnrolRequest,
  tx: Queryable,
): Promise<EnrolResult> {
  const now = deps.clock.now();
  const token = await deps.enrolment.consume({ ...request, now }, tx);
  if (!token) return again(deps, request, { now, tx });
  const known = await deps.keys.find(request.keyId, tx);
  const agent = known
    ? await rejoin(deps, { ...known, request, token }, tx)
    : await insert(deps, { request, token, now }, tx);
  const generation = agent?.pendingGeneration;
  if (!agent || !generation) return { outcome: 'invalid' };
  await deps.enrolment.setGeneration(token.id, generation, tx);
  const { id: tokenId, channelBinding, forkOfAgentId } = token;
  const detail = { tokenId, channelBinding, forkOfAgentId, keyId: request.keyId };
  await recordAct({ audit: deps.audit, tx }, agent, { action: `agent.${request.mode}`, detail });
  return { outcome: 'enrolled', agentId: agent.id, workspaceId: agent.workspaceId, generation };
}

type Known = NonNullable<Awaited<ReturnType<AgentStoreDeps['keys']['find']>>>;

/** The agent had lost its state, but not its key. Nobody has the state that is acknowledged from here on. */
async function rejoin(
  { repository }: AgentStoreDeps,
  { agent, key, request, token }: Known & { request: EnrolRequest; token: TokenRow },
  tx: Queryable,
): Promise<AgentRow | undefined> {
  const isItsOwn = agent.workspaceId === token.workspaceId && agent.revokedAt === null;
  if (request.mode === 'fork' || !isItsOwn || key.state !== 'current') return undefined;
  const { id, revision } = agent;
  const next = nextGeneration(agent);
  const generations = { ackedGeneration: next, pendingGeneration: next + 1 };
  return repository.change({ id, revision }, generations, tx);
}

async function insert(
  { repository, keys, audit }: AgentStoreDeps,
  { request, token, now }: { request: EnrolRequest; token: TokenRow; now: Date },
  tx: Queryable,
): Promise<AgentRow> {
  const { organizationId, workspaceId, channelBinding, clonePolicy } = token;
  // A workspace has one agent: whoever joins with its token takes the place of the one before.
  const before = await repository.ofWorkspace(workspaceId, tx);
  for (const revoked of before ? await repository.revoke([before.id], now, tx) : []) {
    await recordAct({ audit, tx }, revoked, {
      action: 'agent.revoke',
      detail: { for: 'enrolment' },
    });
    await repository.notify(workspaceId, tx);
  }
  const agent = await repository.insert(
    {
      ...{ organizationId, workspaceId, channelBinding, clonePolicy },
      ...{ pendingGeneration: 1, lastSeenAt: now, ...sightingOf(request) },
    },
    tx,
  );
  const { keyId, publicKeySpki: publicKey } = request;
  await keys.makeCurrent(
    { organizationId, agentId: agent.id, keyId, publicKey, createdAt: now },
    tx,
  );
  return agent;
}

/** Why a token was not consumed: the same key may come again until its first ack; another key is an incident. */
async function again(
  { repository, keys, enrolment }: AgentStoreDeps,
  { tokenHash, keyId, mode, channelBinding }: EnrolRequest,
  { now, tx }: { now: Date; tx: Queryable },
): Promise<EnrolResult> {
  const token = await enrolment.findByHash(tokenHash, tx);
  const isMeant =
    (token?.forkOfAgentId === null) === (mode === 'enrol') &&
    token?.channelBinding === channelBinding;
  if (!token?.usedByKeyId || !isMeant || token.revokedAt) return { outcome: 'invalid' };
  const holder = await keys.find(token.usedByKeyId, tx);
  if (!holder) return { outcome: 'invalid' };
  const { agent } = holder;
  if (token.usedByKeyId !== keyId) return { outcome: 'reused', agentId: agent.id };
  const isAcknowledged = agent.ackedGeneration >= (token.usedForGeneration ?? 0);
  if (isAcknowledged || token.expiresAt <= now) return { outcome: 'invalid' };
  const generation = nextGeneration(agent);
  const { id, revision } = agent;
  const changed = await repository.change({ id, revision }, { pendingGeneration: generation }, tx);
  if (!changed) return { outcome: 'invalid' };
  return { outcome: 'enrolled', agentId: id, workspaceId: agent.workspaceId, generation };
}
