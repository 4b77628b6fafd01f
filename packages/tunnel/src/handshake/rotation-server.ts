import { keyIdOf, signBytes, toBase64url, verifyBytes } from './crypto.ts';
import { startDeadline } from './deadline.ts';
import {
  CHALLENGE_TTL_MS,
  HANDSHAKE_TIMEOUT_MS,
  HandshakeRefusedError,
  type HandshakeRuntime,
} from './messages.ts';
import type { ProvenAgent } from './server.ts';
import { rotationBytes } from './transcripts.ts';
import { grantJoinState, type JoinStateSigner } from './join-state.ts';
import { type MessagePort, receiveMessage } from '../message-port.ts';
import type { ServerRotationParsers } from './rotation-messages.ts';

export interface KeyChange {
  readonly agentId: string;
  readonly sessionId: string;
  /** The key that gives way. */
  readonly keyId: string;
  readonly nextKeyId: string;
  readonly nextPublicKeySpki: string;
}

export interface RotationStore {
  /**
   * Makes the next key valid beside the present one and returns the generation that belongs to it; undefined when
   * the session is not the owner, or the key was ever used before.
   */
  stageKey(change: KeyChange): Promise<number | undefined>;
  /** The next key is the only one from here on; false when it is not next any more. */
  finishKey(change: KeyChange, generation: number): Promise<boolean>;
}

export interface ServerRotationOptions extends JoinStateSigner {
  readonly port: MessagePort;
  readonly parse: ServerRotationParsers;
  readonly runtime: HandshakeRuntime;
  readonly store: RotationStore;
  readonly agent: ProvenAgent;
}

/** Changes the agent's key; returns the proven agent with it. Rejects with TunnelError, and both keys stay valid then. */
export async function runServerRotation(options: ServerRotationOptions): Promise<ProvenAgent> {
  const { port } = options;
  try {
    return await exchange(options);
  } catch (error) {
    port.send({ type: 'refused', code: 'refused' });
    throw error;
  }
}

async function exchange(options: ServerRotationOptions): Promise<ProvenAgent> {
  const { port, parse, runtime, store, agent } = options;
  const deadline = startDeadline(runtime, HANDSHAKE_TIMEOUT_MS);
  const { nextPublicKey, clientNonce } = await receiveMessage(port, parse.hello, deadline.leftMs());
  const { link, agentId, workspaceId, keyId, sessionId } = agent;
  const challenge = createChallenge(runtime);
  const rotation = { link, agentId, workspaceId, keyId, nextPublicKey, clientNonce, challenge };
  const challengeSignature = signBytes(options.key, rotationBytes(rotation, 'server'));
  port.send({ type: 'rotation-challenge', ...challenge, signature: challengeSignature });
  const proof = await receiveMessage(port, parse.proof, deadline.leftMs());
  const bytes = rotationBytes(rotation, 'agent');
  const isProven =
    verifyBytes(agent.publicKeySpki, bytes, proof.signature) &&
    verifyBytes(nextPublicKey, bytes, proof.nextSignature);
  if (!isProven) throw new HandshakeRefusedError('refused');
  deadline.leftMs();
  const nextKeyId = keyIdOf(nextPublicKey);
  const change = { agentId, sessionId, keyId, nextKeyId, nextPublicKeySpki: nextPublicKey };
  const generation = await store.stageKey(change);
  if (generation === undefined) throw new HandshakeRefusedError('refused');
  const joinState = grantJoinState(options, { agentId, keyId: nextKeyId, generation });
  port.send({ type: 'rotation-welcome', joinState });
  const ack = await receiveMessage(port, parse.ack, deadline.leftMs());
  const isDone = ack.generation === generation && (await store.finishKey(change, generation));
  if (!isDone) throw new HandshakeRefusedError('refused');
  return { ...agent, publicKeySpki: nextPublicKey, keyId: nextKeyId, generation };
}

function createChallenge(runtime: HandshakeRuntime) {
  const issuedMs = runtime.wallMs();
  return {
    challengeId: toBase64url(runtime.randomBytes(16)),
    serverNonce: toBase64url(runtime.randomBytes(32)),
    issuedMs,
    expiresMs: issuedMs + CHALLENGE_TTL_MS,
  };
}
