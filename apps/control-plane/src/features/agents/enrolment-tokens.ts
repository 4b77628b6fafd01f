import { hashJoinToken } from '@spt-flow/tunnel/handshake-crypto';
import type { Clock } from '../../lib/clock.ts';
import { newToken } from '../../lib/tokens.ts';
import type { AgentsRepository } from './agents-repository.ts';

const TOKEN_TTL_MS = 10 * 60 * 1000;

export interface EnrolmentTokens {
  /** A one-time token that lets one agent join as the agent of this workspace. */
  create(workspace: { id: string; organizationId: string }): Promise<string>;
}

export function createEnrolmentTokens(deps: {
  repository: Pick<AgentsRepository, 'createToken'>;
  clock: Clock;
}): EnrolmentTokens {
  return {
    async create(workspace) {
      const token = newToken('join');
      const now = deps.clock.now();
      await deps.repository.createToken(
        {
          organizationId: workspace.organizationId,
          workspaceId: workspace.id,
          tokenHash: hashJoinToken(token),
          expiresAt: new Date(now.getTime() + TOKEN_TTL_MS),
        },
        now,
      );
      return token;
    },
  };
}
