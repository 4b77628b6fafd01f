import { hashJoinToken } from '@spt-flow/tunnel/handshake-crypto';
import type { Clock } from '../../lib/clock.ts';
import { newToken } from '../../lib/tokens.ts';
import type { AgentsRepository } from './agents-repository.ts';

const TOKEN_TTL_MS = 10 * 60 * 1000;

interface EnrolledWorkspace {
  readonly id: string;
  readonly organizationId: string;
}

export interface EnrolmentTokens {
  /** A one-time token that lets one agent join as the agent of this workspace. */
  create(
    workspace: EnrolledWorkspace,
    ttlMs?: number,
  ): Promise<{ readonly token: string; readonly expiresAt: Date }>;
  /** Admits a token that an agent has made for itself, for its own key only. */
  admit(workspace: EnrolledWorkspace, agent: { tokenHash: string; keyId: string }): Promise<void>;
  /** Until when somebody may still join as this agent; undefined: nobody may. */
  openUntil(workspaceId: string): Promise<Date | undefined>;
}

export function createEnrolmentTokens(deps: {
  repository: Pick<AgentsRepository, 'createToken' | 'openUntil'>;
  clock: Clock;
}): EnrolmentTokens {
  async function store(
    workspace: EnrolledWorkspace,
    { ttlMs, ...token }: { tokenHash: string; forKeyId?: string; ttlMs: number },
  ): Promise<Date> {
    const now = deps.clock.now();
    const expiresAt = new Date(now.getTime() + ttlMs);
    const { id: workspaceId, organizationId } = workspace;
    await deps.repository.createToken({ ...token, workspaceId, organizationId, expiresAt }, now);
    return expiresAt;
  }

  return {
    async create(workspace, ttlMs = TOKEN_TTL_MS) {
      const token = newToken('join');
      const expiresAt = await store(workspace, { tokenHash: hashJoinToken(token), ttlMs });
      return { token, expiresAt };
    },

    async admit(workspace, { tokenHash, keyId }) {
      await store(workspace, { tokenHash, forKeyId: keyId, ttlMs: TOKEN_TTL_MS });
    },

    openUntil: (workspaceId) => deps.repository.openUntil(workspaceId, deps.clock.now()),
  };
}
