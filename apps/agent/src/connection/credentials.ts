import type { AgentConfig } from '@spt-flow/config/agent';
import type { AgentCredential } from '@spt-flow/tunnel/handshake/agent';
import { hashJoinToken, type SigningKey } from '@spt-flow/tunnel/handshake/crypto';
import type { Identity } from './identity.ts';
import { RefusedError } from './refused-error.ts';

const FORK_PREFIX = 'sptf_fork_';

export interface Attempt {
  readonly credential: AgentCredential;
  readonly key: SigningKey;
}

export interface Credentials {
  /** What to present now; RefusedError when there is nothing that could open. */
  choose(): Promise<Attempt>;
  /** True when there is something else to try at once. */
  refused(attempt: Attempt, code: string): boolean;
}

/** Decides which key and which mode the agent presents, and what it learns from a refusal. */
export function createCredentials(
  config: Pick<AgentConfig, 'joinToken' | 'channelBinding'>,
  identity: Identity,
): Credentials {
  /** The control plane does not know the agent that this state directory remembers. */
  let isForgotten = false;
  let refusedKeyId: string | undefined;

  function unusedToken(): string | undefined {
    const { joinToken } = config;
    const isUsed = joinToken !== undefined && hashJoinToken(joinToken) === identity.joinedWith;
    return isUsed ? undefined : joinToken;
  }

  /** Whoever was an agent before joins with another key: the one before may belong to somebody else now. */
  async function join(mode: 'enrol' | 'fork', token: string): Promise<Attempt> {
    const key = identity.state ? await identity.stageNextKey() : identity.key;
    return { credential: { mode, token, channelBinding: config.channelBinding }, key };
  }

  return {
    async choose() {
      const token = unusedToken();
      if (token?.startsWith(FORK_PREFIX)) return join('fork', token);
      const { state, key, nextKey } = identity;
      if (state && !(isForgotten && token !== undefined)) {
        const isNextOpen = nextKey !== undefined && nextKey.keyId !== refusedKeyId;
        return { credential: { mode: 'auth', state }, key: isNextOpen ? nextKey : key };
      }
      if (token !== undefined) return join('enrol', token);
      throw new RefusedError('SPT_FLOW_AGENT_TOKEN: is needed until the agent has enrolled', {
        isFinal: true,
        retryAfterMs: 0,
      });
    },

    refused({ credential, key }, code) {
      if (credential.mode !== 'auth') return false;
      const isNext = key.keyId === identity.nextKey?.keyId;
      if (isNext) refusedKeyId = key.keyId;
      else isForgotten ||= code === 'refused' || code === 'quarantined';
      return code === 'refused' && isNext;
    },
  };
}
