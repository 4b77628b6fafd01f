import { type SigningKey, signBytes, toBase64url, verifyBytes } from './crypto.ts';
import { type AgentState, checkJoinState, receive } from './agent.ts';
import { startDeadline } from './deadline.ts';
import { HANDSHAKE_TIMEOUT_MS, type HandshakeRuntime, type LinkFacts } from './messages.ts';
import { rotationBytes } from './transcripts.ts';
import type { MessagePort } from '../message-port.ts';
import type { AgentRotationParsers } from './rotation-messages.ts';
import { TunnelError } from '../types.ts';

export interface AgentRotationOptions {
  readonly port: MessagePort;
  readonly parse: AgentRotationParsers;
  readonly runtime: HandshakeRuntime;
  readonly key: SigningKey;
  /** On the disk already, beside the key: whatever happens now, the agent has a valid one. */
  readonly nextKey: SigningKey;
  readonly state: AgentState;
  readonly link: LinkFacts;
  readonly controlPlaneKey: string;
  /** The next key is the key from here on; on the disk when it resolves. */
  persist(state: AgentState): Promise<void>;
}

/** Changes the agent's key; when it fails, the key before is still valid. */
export async function runAgentRotation(options: AgentRotationOptions): Promise<void> {
  const { port, parse, runtime, key, nextKey, state, link, controlPlaneKey } = options;
  const deadline = startDeadline(runtime, HANDSHAKE_TIMEOUT_MS);
  const nextPublicKey = nextKey.publicKeySpki;
  const clientNonce = toBase64url(runtime.randomBytes(32));
  port.send({ type: 'rotation-hello', nextPublicKey, clientNonce });
  const challenge = await receive(options, parse.challenge, deadline.leftMs());
  const { agentId, workspaceId } = state;
  const { keyId } = key;
  const rotation = { link, agentId, workspaceId, keyId, nextPublicKey, clientNonce, challenge };
  if (!verifyBytes(controlPlaneKey, rotationBytes(rotation, 'server'), challenge.signature)) {
    throw new TunnelError('server_not_trusted', 'Rotation is not signed by the server');
  }
  const bytes = rotationBytes(rotation, 'agent');
  const signature = signBytes(key, bytes);
  port.send({ type: 'rotation-proof', signature, nextSignature: signBytes(nextKey, bytes) });
  const { joinState } = await receive(options, parse.welcome, deadline.leftMs());
  checkJoinState(joinState, { controlPlaneKey, keyId: nextKey.keyId, olderThan: state.joinState });
  await options.persist({ ...state, joinState });
  port.send({ type: 'ack', generation: joinState.generation });
}
