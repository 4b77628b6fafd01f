import {
  RefusedSchema,
  RotationChallengeSchema,
  RotationWelcomeSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import { checkJoinState } from '@spt-flow/tunnel/handshake/agent';
import { HandshakeRefusedError } from '@spt-flow/tunnel/handshake/messages';
import { runAgentRotation } from '@spt-flow/tunnel/handshake/rotation-agent';
import { createStreamPort } from '@spt-flow/tunnel/stream-port';
import type { Self } from '../connection/self.ts';
import { AgentError } from '../system/errors.ts';
import type { Handlers } from './handler.ts';

/** Changes who the agent is, on behalf of the control plane that it knows by its key. */
export function createIdentityHandlers(
  self: Self,
): Pick<Handlers, 'identity.renew' | 'identity.rotate'> {
  const { identity, runtime } = self;
  return {
    async 'identity.renew'({ head, stream, accept }) {
      const { state, controlPlaneKey } = presentOf(self);
      const { key } = identity;
      const expected = { controlPlaneKey, keyId: key.keyId, olderThan: state.joinState };
      checkJoinState(head.joinState, expected);
      await identity.confirm(key, { ...state, joinState: head.joinState });
      accept();
      stream.end();
      stream.resume();
    },

    async 'identity.rotate'({ stream, accept }) {
      const { state, controlPlaneKey, facts: link } = presentOf(self);
      const nextKey = await identity.stageNextKey();
      accept();
      await runAgentRotation({
        ...{ runtime, key: identity.key, nextKey, state, link, controlPlaneKey },
        port: createStreamPort(stream),
        parse: {
          challenge: (value) => RotationChallengeSchema.parse(value),
          welcome: (value) => RotationWelcomeSchema.parse(value),
          refused: (value) => RefusedSchema.parse(value),
        },
        persist: (confirmed) => identity.confirm(nextKey, confirmed),
      }).catch(async (error: unknown) => {
        const isUnused = identity.nextKey?.keyId === nextKey.keyId;
        if (error instanceof HandshakeRefusedError && isUnused) await identity.dropNextKey();
        throw error;
      });
      stream.end();
    },
  };
}

function presentOf({ identity: { state }, link }: Self) {
  if (state && link) return { state, ...link };
  throw new AgentError('internal', 'The agent has not joined');
}
