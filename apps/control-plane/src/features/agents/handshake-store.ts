import type { Queryable } from '@spt-flow/db/client';
import type { EnrolRequest, EnrolResult, HandshakeStore } from '@spt-flow/tunnel/handshake-server';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { AgentRow, AgentsRepository, TokenRow } from './agents-repository.ts';

export interface HandshakeStoreDeps {
  readonly repository: AgentsRepository;
  readonly audit: Audit;
  readonly clock: Clock;
}

/** createHandshakeStore keeps agents, their keys, tokens and generations in the database. */
export function createHandshakeStore(deps: HandshakeStoreDeps): HandshakeStore {
  const { repository, clock } = deps;
  return {
    async findAgent(agentId) {
      const row = await repository.find(agentId);
      if (!row) return null;
      const { publicKey, keyId, workspaceId, ackedGeneration, pendingGeneration } = row;
      // A binding that this version can't check opens nothing.
      const isKnown = row.channelBinding !== 'inner-kx';
      const channelBinding = row.channelBinding === 'tls-exporter' ? 'tls-exporter' : 'none';
      const revoked = row.revokedAt !== null || !isKnown;
      return {
        publicKeySpki: publicKey,
        keyId,
        workspaceId,
        ackedGeneration,
        pendingGeneration,
        channelBinding,
        revoked,
      };
    },

    consumeToken: (request) => repository.transaction((tx) => enrol(deps, request, tx)),

    commitPending: ({ agentId, expected, machine, ...generations }) =>
      repository.commitPending(
        { id: agentId, ...expected },
        { ...generations, ...sightingOf(machine), now: clock.now() },
      ),

    acknowledge: (agentId, generation) => repository.acknowledge(agentId, generation),
  };
}

async function enrol(
  deps: HandshakeStoreDeps,
  request: EnrolRequest,
  tx: Queryable,
): Promise<EnrolResult> {
  const { repository, clock } = deps;
  const now = clock.now();
  const token = await repository.consumeToken(
    { tokenHash: request.tokenHash, keyId: request.keyId, now },
    tx,
  );
  const known = await repository.findByKey(request.keyId, tx);
  if (!token) return explainToken(repository, request, { known, now, tx });
  if (known && (known.revokedAt !== null || known.workspaceId !== token.workspaceId))
    return { outcome: 'invalid' };
  // The agent was ended before it had stored its first welcome, and was given another token since.
  if (known) await repository.restartGenerations(known.id, tx);
  const agent = known ?? (await insert(deps, { request, token, now }, tx));
  await deps.audit.record(
    {
      organizationId: token.organizationId,
      principal: `agent:${agent.id}`,
      action: 'agent.enrol',
      target: token.workspaceId,
      correlationId: newCorrelationId(),
    },
    tx,
  );
  return { outcome: 'enrolled', agentId: agent.id, workspaceId: token.workspaceId };
}

async function insert(
  { repository }: HandshakeStoreDeps,
  { request, token, now }: { request: EnrolRequest; token: TokenRow; now: Date },
  tx: Queryable,
): Promise<AgentRow> {
  await repository.revokeOfWorkspace(token.workspaceId, now, tx);
  return repository.insert(
    {
      organizationId: token.organizationId,
      workspaceId: token.workspaceId,
      publicKey: request.publicKeySpki,
      keyId: request.keyId,
      channelBinding: request.channelBinding,
      pendingGeneration: 1,
      lastSeenAt: now,
      ...sightingOf(request),
    },
    tx,
  );
}

/** Why a token was not consumed: the same key may come again until its first ack; another key is an incident. */
async function explainToken(
  repository: AgentsRepository,
  request: EnrolRequest,
  { known, now, tx }: { known: AgentRow | undefined; now: Date; tx: Queryable },
): Promise<EnrolResult> {
  const token = await repository.findToken(request.tokenHash, tx);
  if (!token?.usedByKeyId) return { outcome: 'invalid' };
  if (token.usedByKeyId !== request.keyId) {
    const holder = await repository.findByKey(token.usedByKeyId, tx);
    return holder ? { outcome: 'reused', agentId: holder.id } : { outcome: 'invalid' };
  }
  const isFirst =
    known?.revokedAt === null && known.ackedGeneration === 0 && known.pendingGeneration === 1;
  if (!isFirst || token.expiresAt <= now) return { outcome: 'invalid' };
  return { outcome: 'enrolled', agentId: known.id, workspaceId: known.workspaceId };
}

function sightingOf(machine: { agentVersion: string; bootId: string; machineFingerprint: string }) {
  return {
    version: machine.agentVersion,
    bootId: machine.bootId,
    machineFingerprint: machine.machineFingerprint,
  };
}
