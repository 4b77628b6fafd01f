import type { AgentIdentity, Join, Revocation } from '@spt-flow/shared/api/agents';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { ClonePolicy } from '@spt-flow/tunnel/handshake/admission';
import type { ChannelBinding } from '@spt-flow/tunnel/handshake/messages';
import { auditName, type Principal } from '../../lib/principal.ts';
import {
  recordAct,
  type AgentRow,
  type AgentStoreDeps,
  type EnrolmentTerms,
  type EnrolmentTokens,
  type Revocations,
  type Revoked,
} from './identity/index.ts';
import type { AgentKeeper } from './gateway/index.ts';

export interface AgentsServiceDeps extends AgentStoreDeps {
  readonly keeper: Pick<AgentKeeper, 'rotate' | 'check'>;
  readonly revocations: Revocations;
  readonly enrolmentTokens: EnrolmentTokens;
  readonly serverKey: string;
  /** What agents of this very machine dial. */
  readonly agentUrl: () => string;
  readonly publicUrl: () => string;
  readonly channelBinding: ChannelBinding;
  readonly onChanged: (workspaceId: string) => void;
}

/** WorkspaceRef is a workspace that the caller may see. */
export interface WorkspaceRef {
  readonly id: string;
  readonly organizationId: string;
  readonly provider: string;
  /** Of those that run on a server. */
  readonly hostId: string | null;
}

export interface Caller {
  readonly principal: Principal;
  readonly correlationId: string;
}

export interface AgentsService {
  get(workspace: WorkspaceRef): Promise<AgentIdentity>;
  setPolicy(workspace: WorkspaceRef, policy: ClonePolicy, by: Caller): Promise<AgentIdentity>;
  /** `release` lets the detained instance in, and the present one is the old one then. */
  decide(
    workspace: WorkspaceRef,
    decision: 'release' | 'dismiss',
    by: Caller,
  ): Promise<AgentIdentity>;
  rotateKey(workspace: WorkspaceRef): Promise<AgentIdentity>;
  reEnrol(workspace: WorkspaceRef, by: Caller): Promise<Join>;
  fork(workspace: WorkspaceRef, target: WorkspaceRef, by: Caller): Promise<Join>;
  revoke(revocation: Revocation, by: Caller): Promise<Revoked>;
}

export function createAgentsService(deps: AgentsServiceDeps): AgentsService {
  const { repository, audit } = deps;

  async function find({ id }: WorkspaceRef): Promise<AgentRow> {
    const agent = await repository.ofWorkspace(id);
    if (!agent) throw new AppError('not_found', 'The workspace has no agent');
    return agent;
  }

  async function get(workspace: WorkspaceRef): Promise<AgentIdentity> {
    const agent = await find(workspace);
    return toIdentity(agent, await deps.keys.current(agent.id));
  }

  async function change(
    { id, revision, workspaceId }: AgentRow,
    values: Pick<Partial<AgentRow>, 'clonePolicy' | 'quarantine'>,
    { action, by, detail }: { action: string; by: Caller; detail: Record<string, unknown> },
  ): Promise<void> {
    await repository.transaction(async (tx) => {
      const agent = await repository.change({ id, revision }, values, tx);
      if (!agent) throw new AppError('conflict');
      await recordAct({ audit, tx }, agent, { action, detail, ...actorOf(by) });
    });
    deps.onChanged(workspaceId);
  }

  return {
    get,

    async setPolicy(workspace, clonePolicy, by) {
      const detail = { clonePolicy };
      await change(await find(workspace), detail, { action: 'agent.set_policy', by, detail });
      return get(workspace);
    },

    async decide(workspace, decision, by) {
      const agent = await find(workspace);
      const { quarantine } = agent;
      if (quarantine?.state !== 'open') throw new AppError('conflict', 'Nothing is to be decided');
      const decided = decision === 'release' ? { ...quarantine, state: 'released' as const } : null;
      const act = { action: `agent.${decision}`, by, detail: { ...quarantine } };
      await change(agent, { quarantine: decided }, act);
      return get(workspace);
    },

    async rotateKey(workspace) {
      await deps.keeper.rotate(workspace.id);
      return get(workspace);
    },

    async reEnrol(workspace, by) {
      const { id, organizationId } = workspace;
      const revocation = { kind: 'workspace', id } as const;
      await deps.revocations.revoke(organizationId, revocation, actorOf(by)).catch(ignoreAbsence);
      return invite(deps, workspace, { createdBy: by.principal.userId });
    },

    async fork(workspace, target, by) {
      const { id: forkOfAgentId, channelBinding } = await find(workspace);
      return invite(deps, target, {
        forkOfAgentId,
        channelBinding,
        createdBy: by.principal.userId,
      });
    },

    revoke: (revocation, by) =>
      deps.revocations.revoke(by.principal.organizationId, revocation, actorOf(by)),
  };
}

function actorOf({ principal, correlationId }: Caller) {
  return { principal: auditName(principal), correlationId };
}

/** There was no agent to revoke. */
function ignoreAbsence(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'not_found')) throw error;
}

async function invite(
  deps: AgentsServiceDeps,
  workspace: WorkspaceRef,
  terms: EnrolmentTerms,
): Promise<Join> {
  const isLocal = ['local', 'docker'].includes(workspace.provider) && workspace.hostId === null;
  const channelBinding = isLocal ? 'none' : (terms.channelBinding ?? deps.channelBinding);
  const { token, expiresAt } = await deps.enrolmentTokens.create(workspace, {
    ...terms,
    channelBinding,
  });
  return {
    ...{ token, channelBinding, serverKey: deps.serverKey },
    url: isLocal ? deps.agentUrl() : deps.publicUrl(),
    expiresAt: expiresAt.toISOString(),
  };
}

function toIdentity(
  agent: AgentRow,
  key: { keyId: string; createdAt: Date } | undefined,
): AgentIdentity {
  const { id, workspaceId, channelBinding, clonePolicy, bootId, machineFingerprint, version } =
    agent;
  return {
    ...{ id, workspaceId, channelBinding, clonePolicy, bootId, machineFingerprint, version },
    keyId: key?.keyId ?? null,
    keySince: key?.createdAt.toISOString() ?? null,
    generation: agent.ackedGeneration,
    lastSeenAt: agent.lastSeenAt?.toISOString() ?? null,
    quarantine: agent.quarantine,
  };
}
