import type { Queryable } from '@spt-flow/db/client';
import { hashJoinToken } from '@spt-flow/tunnel/handshake-crypto';
import type { Clock } from '../../lib/clock.ts';
import { newToken } from '../../lib/tokens.ts';
import type { AgentsRepository } from './agents-repository.ts';

const TOKEN_TTL_MS = 10 * 60 * 1000;

export interface NewEnrolment {
  readonly workspace: { readonly id: string; readonly organizationId: string };
  readonly ttlMs?: number | undefined;
  /** The only key that may join with it; absent: whichever comes first. */
  readonly keyId?: string | undefined;
}

export interface EnrolmentTokens {
  /** A one-time token that lets one agent join as the agent of this workspace. */
  create(enrolment: NewEnrolment, tx?: Queryable): Promise<{ token: string; expiresAt: Date }>;
  /** Until when somebody may still join as this agent; undefined: nobody may. */
  openUntil(workspaceId: string): Promise<Date | undefined>;
}

export function createEnrolmentTokens(deps: {
  repository: Pick<AgentsRepository, 'createToken' | 'openUntil'>;
  clock: Clock;
}): EnrolmentTokens {
  return {
    async create({ workspace, keyId, ttlMs = TOKEN_TTL_MS }, tx) {
      const token = newToken('join');
      const now = deps.clock.now();
      const expiresAt = new Date(now.getTime() + ttlMs);
      const values = {
        organizationId: workspace.organizationId,
        workspaceId: workspace.id,
        tokenHash: hashJoinToken(token),
        forKeyId: keyId ?? null,
        expiresAt,
      };
      await deps.repository.createToken(values, now, tx);
      return { token, expiresAt };
    },

    openUntil: (workspaceId) => deps.repository.openUntil(workspaceId, deps.clock.now()),
  };
}
