import { hashJoinToken } from '@spt-flow/tunnel/handshake/crypto';
import type { Clock } from '../../../lib/clock.ts';
import { newToken } from '../../../lib/tokens.ts';
import type { ChannelBinding } from '@spt-flow/tunnel/handshake/messages';
import type { ClonePolicy } from '@spt-flow/tunnel/handshake/admission';
import type { EnrolmentRepository } from './enrolment-repository.ts';

const TOKEN_TTL_MS = 10 * 60 * 1000;

/** EnrolmentTerms hold for as long as the agent that joins with the token. */
export interface EnrolmentTerms {
  /** What the installation demands, unless told; `none` only for agents on this very machine. */
  readonly channelBinding?: ChannelBinding;
  /** What becomes of a second machine with the agent's identity; it is rejected unless told. */
  readonly clonePolicy?: ClonePolicy;
  /** The agent of which a copy becomes an agent of its own. */
  readonly forkOfAgentId?: string;
  readonly createdBy?: string;
  readonly ttlMs?: number;
}

interface EnrolledWorkspace {
  readonly id: string;
  readonly organizationId: string;
}

export interface EnrolmentTokens {
  /** A one-time token that lets one agent join as the agent of this workspace. */
  create(
    workspace: EnrolledWorkspace,
    terms?: EnrolmentTerms,
  ): Promise<{ readonly token: string; readonly expiresAt: Date }>;
  /** Admits a token that an agent has made for itself, for its own key only. */
  admit(workspace: EnrolledWorkspace, agent: { tokenHash: string; keyId: string }): Promise<void>;
  /** Until when somebody may still join as this agent; undefined: nobody may. */
  openUntil(workspaceId: string): Promise<Date | undefined>;
}

export function createEnrolmentTokens(deps: {
  repository: Pick<EnrolmentRepository, 'create' | 'openUntil'>;
  clock: Clock;
  channelBinding: ChannelBinding;
}): EnrolmentTokens {
  const { repository, clock, channelBinding } = deps;

  async function store(
    { id: workspaceId, organizationId }: EnrolledWorkspace,
    { ttlMs = TOKEN_TTL_MS, ...token }: EnrolmentTerms & { tokenHash: string; forKeyId?: string },
  ): Promise<Date> {
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + ttlMs);
    const values = { channelBinding, ...token, workspaceId, organizationId, expiresAt };
    await repository.create(values, now);
    return expiresAt;
  }

  return {
    async create(workspace, terms = {}) {
      const token = newToken(terms.forkOfAgentId === undefined ? 'join' : 'fork');
      const expiresAt = await store(workspace, { ...terms, tokenHash: hashJoinToken(token) });
      return { token, expiresAt };
    },

    async admit(workspace, { tokenHash, keyId }) {
      await store(workspace, { tokenHash, forKeyId: keyId });
    },

    openUntil: (workspaceId) => repository.openUntil(workspaceId, clock.now()),
  };
}
