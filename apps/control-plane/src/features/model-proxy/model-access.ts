import type { ModelToken } from '@spt-flow/shared/agent-protocol/models';
import { AppError, ERRORS } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import { createRequestLimit } from '../../lib/request-limit.ts';
import { hashToken, newToken } from '../../lib/tokens.ts';
import type { AgentSession } from '../agents/index.ts';
import { settingsOf } from '../workspaces/index.ts';
import type { AccessRepository, AccessWorkspace } from './access-repository.ts';

const LIFETIME_SECONDS = 900;
const MAX_TOKENS_PER_MINUTE = 10;

export interface ModelAccessDeps {
  readonly repository: AccessRepository;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly lifetimeSeconds?: number | undefined;
}

/** ModelAccess gives tokens to the agents of running workspaces, and says for whom one is good. */
export interface ModelAccess {
  /** Whether tools of the workspace may ask models at all. */
  isOffered(workspaceId: string): Promise<boolean>;
  issue(session: AgentSession): Promise<ModelToken>;
  /** AppError when the token is not good on this connection. */
  check(session: AgentSession, token: string): Promise<AccessWorkspace>;
  /** With the agent's connection its tokens end. */
  revoke(session: AgentSession): Promise<void>;
}

export function createModelAccess(deps: ModelAccessDeps): ModelAccess {
  const { repository, audit, clock, lifetimeSeconds = LIFETIME_SECONDS } = deps;
  const limit = createRequestLimit(MAX_TOKENS_PER_MINUTE, clock);

  async function store(session: AgentSession, { id, organizationId }: AccessWorkspace) {
    const token = newToken('model');
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + lifetimeSeconds * 1_000);
    await repository.transaction(async (tx) => {
      await repository.removeExpired(now, id, tx);
      await repository.addToken(
        {
          ...{ organizationId, workspaceId: id, tokenHash: hashToken(token) },
          ...{ sessionId: session.sessionId, expiresAt },
        },
        tx,
      );
      await audit.record(
        {
          ...{ organizationId, principal: `agent:${session.agentId}`, target: id },
          ...{ action: 'model_token.issue', correlationId: newCorrelationId() },
          detail: { expiresAt: expiresAt.toISOString() },
        },
        tx,
      );
    });
    return token;
  }

  return {
    async isOffered(workspaceId) {
      const workspace = await repository.workspace(workspaceId);
      return workspace !== undefined && settingsOf(workspace).models;
    },

    async issue(session) {
      if (limit.count(session.workspaceId).isOver) return refused(new AppError('rate_limited'));
      const workspace = await repository.workspace(session.workspaceId);
      try {
        const token = await store(session, entitled(workspace));
        return { ok: true, token, lifetimeSeconds };
      } catch (error) {
        if (error instanceof AppError) return refused(error);
        throw error;
      }
    },

    async check(session, token) {
      const row = await repository.ofToken(hashToken(token), session.workspaceId);
      const isGood = row && !row.wasStopped && row.expiresAt > clock.now();
      if (!isGood) throw new AppError('model_token_refused');
      return entitled(row.workspace);
    },

    revoke: ({ sessionId }) => repository.removeOfSession(sessionId),
  };
}

function entitled(workspace: AccessWorkspace | undefined): AccessWorkspace {
  if (workspace?.desiredState !== 'running') throw new AppError('workspace_stopped');
  if (!settingsOf(workspace).models) throw new AppError('models_off');
  return workspace;
}

function refused({ status, code, message }: AppError): ModelToken {
  return { ok: false, status, code, message: `${message}. ${ERRORS[code].next}` };
}
