import { Buffer } from 'node:buffer';
import { fromBase64url, sha256, type SigningKey, signBytes, verifyBytes } from './crypto.ts';
import type { HandshakeRuntime, JoinState } from './messages.ts';
import { encodeTranscript } from './transcript.ts';

type Unsigned = Omit<JoinState, 'signature'>;

/** What a control plane needs to vouch for an agent's state. */
export interface JoinStateSigner {
  readonly key: SigningKey;
  readonly controlPlaneEpoch: number;
  readonly runtime: Pick<HandshakeRuntime, 'wallMs'>;
}

/** Signs a state in the present epoch. */
export function grantJoinState(
  { key, controlPlaneEpoch, runtime }: JoinStateSigner,
  subject: Pick<JoinState, 'agentId' | 'keyId' | 'generation'>,
): JoinState {
  return signJoinState(key, { ...subject, epoch: controlPlaneEpoch, issuedMs: runtime.wallMs() });
}

function signJoinState(key: SigningKey, state: Unsigned): JoinState {
  return { ...state, signature: signBytes(key, joinStateBytes(state)) };
}

/** True for a document that the control plane with this key gave to somebody at some time. */
export function isJoinStateOf(publicKeySpki: string, state: JoinState): boolean {
  return verifyBytes(publicKeySpki, joinStateBytes(state), state.signature);
}

/** What the agent signs as `joinStateHash` on its next connection. */
export function hashJoinState(state: JoinState): string {
  const bytes = Buffer.concat([joinStateBytes(state), fromBase64url(state.signature)]);
  return sha256(bytes).toString('base64url');
}

function joinStateBytes(state: Unsigned): Buffer {
  const { agentId, generation, epoch, issuedMs } = state;
  const keyId = fromBase64url(state.keyId);
  return encodeTranscript('join-state', 'server', { agentId, keyId, generation, epoch, issuedMs });
}
