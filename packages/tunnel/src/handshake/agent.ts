import {
  hashJoinToken,
  keyIdOf,
  sha256,
  type SigningKey,
  signBytes,
  toBase64url,
  verifyBytes,
} from './crypto.ts';
import { startDeadline } from './deadline.ts';
import {
  type AgentMessageParsers,
  type Challenge,
  type ChannelBinding,
  HANDSHAKE_TIMEOUT_MS,
  HandshakeRefusedError,
  type HandshakeRuntime,
  type Hello,
  type JoinState,
  type LinkFacts,
  type MachineFacts,
  type Proof,
  type Refused,
  type Welcome,
} from './messages.ts';
import { type Attempt, attemptBytes, linkOf, NO_CHANNEL_BINDING } from './transcripts.ts';
import { hashJoinState, isJoinStateOf } from './join-state.ts';
import {
  createKeyExchange,
  KEY_EXCHANGE_BYTES,
  type KeyExchange,
  keyExchangeBinding,
} from './key-exchange.ts';
import { type MessagePort, receiveMessage } from '../message-port.ts';
import { SealedChannel } from './sealed-channel.ts';
import { sealPort } from './sealed-transport.ts';
import { TunnelError } from '../types.ts';

/** What the agent keeps on disk between connections, besides its key. */
export interface AgentState {
  readonly agentId: string;
  readonly workspaceId: string;
  readonly controlPlaneId: string;
  /** Fixed when the agent enrolled: a connection that has less is refused. */
  readonly channelBinding: ChannelBinding;
  readonly joinState: JoinState;
}

/** `fork`: the token makes a copy of another agent's machine an agent of its own. */
export type AgentCredential =
  | {
      readonly mode: 'enrol' | 'fork';
      readonly token: string;
      readonly channelBinding: ChannelBinding;
    }
  | { readonly mode: 'auth'; readonly state: AgentState };

export interface AgentHandshakeOptions {
  readonly port: MessagePort;
  readonly parse: AgentMessageParsers;
  readonly runtime: HandshakeRuntime;
  readonly key: SigningKey;
  readonly credential: AgentCredential;
  /** SHA-256 of the control plane's public key, as `keyIdOf` gives it; pinned by the join string. */
  readonly controlPlaneKeyId: string;
  /** `host:port` that was dialled. */
  readonly authority: string;
  /** This connection's exporter value; undefined without TLS 1.3. */
  readonly channelBindingValue: Uint8Array | undefined;
  readonly machine: MachineFacts;
  /** Must have reached the disk when it resolves: only then the server learns of it. */
  persist(state: AgentState): Promise<void>;
}

export interface AgentWelcome {
  readonly sessionId: string;
  readonly state: AgentState;
  readonly link: LinkFacts;
  /** The pinned key in full: it verifies what the control plane signs later on. */
  readonly controlPlaneKey: string;
  /** What the tunnel must be sealed with; undefined unless the binding is `inner-kx`. */
  readonly sealing: SealedChannel | undefined;
}

/** Runs the agent's side. Rejects with HandshakeRefusedError when the server said no. */
export async function runAgentHandshake(options: AgentHandshakeOptions): Promise<AgentWelcome> {
  const { port, parse, runtime } = options;
  const deadline = startDeadline(runtime, HANDSHAKE_TIMEOUT_MS);
  const exchange = createKeyExchange(runtime.randomBytes(KEY_EXCHANGE_BYTES));
  const hello = createHello(options, exchange);
  port.send(hello);
  const challenge = await receive({ port, parse }, parse.challenge, deadline.leftMs());
  const trusted = checkChallenge(options, { hello, challenge, exchange });
  const line = trusted.sealing ? sealPort(port, trusted.sealing) : port;
  line.send(createProof(options, trusted.attempt));
  const welcome = await receive({ port: line, parse }, parse.welcome, deadline.leftMs());
  checkWelcome(options, challenge, welcome);
  const { sessionId, agentId, workspaceId, joinState } = welcome;
  const { controlPlaneId, publicKey } = challenge;
  const { channelBinding } = hello;
  const state = { agentId, workspaceId, controlPlaneId, channelBinding, joinState };
  await options.persist(state);
  line.send({ type: 'ack', generation: joinState.generation });
  const link = linkOf(trusted.attempt);
  return { sessionId, state, link, controlPlaneKey: publicKey, sealing: trusted.sealing };
}

function createHello(options: AgentHandshakeOptions, { publicKey }: KeyExchange): Hello {
  const { runtime, key, credential, machine } = options;
  const channelBinding = bindingOf(credential);
  const common = {
    ...machine,
    type: 'hello' as const,
    clientNonce: toBase64url(runtime.randomBytes(32)),
    publicKey: key.publicKeySpki,
    channelBinding,
    ...(channelBinding === 'inner-kx' && { keyExchange: publicKey }),
  };
  if (credential.mode !== 'auth') {
    return { ...common, mode: credential.mode, tokenId: hashJoinToken(credential.token) };
  }
  const { agentId, workspaceId, joinState } = credential.state;
  const joinStateHash = hashJoinState(joinState);
  const { generation } = joinState;
  return { ...common, mode: 'auth', agentId, workspaceId, generation, joinStateHash };
}

function bindingOf(credential: AgentCredential): ChannelBinding {
  return credential.mode === 'auth' ? credential.state.channelBinding : credential.channelBinding;
}

interface Exchange {
  readonly hello: Hello;
  readonly challenge: Challenge;
  readonly exchange: KeyExchange;
}

/** Checks who asks before signing anything: the agent is nobody's signing oracle. */
function checkChallenge(
  options: AgentHandshakeOptions,
  { hello, challenge, exchange }: Exchange,
): { attempt: Attempt; sealing: SealedChannel | undefined } {
  const { credential, authority } = options;
  if (keyIdOf(challenge.publicKey) !== options.controlPlaneKeyId)
    throw distrust('Other server key');
  const isOther =
    credential.mode === 'auth' && credential.state.controlPlaneId !== challenge.controlPlaneId;
  if (isOther) throw distrust('Other server id');
  const isInner = hello.channelBinding === 'inner-kx';
  const peerKey = challenge.keyExchange ?? '';
  const channelBindingValue = isInner
    ? keyExchangeBinding(exchange.publicKey, peerKey)
    : outerBinding(hello.channelBinding, options.channelBindingValue);
  const attempt = { hello, challenge, authority, channelBindingValue };
  const bytes = attemptBytes(attempt, 'server');
  if (!verifyBytes(challenge.publicKey, bytes, challenge.signature)) {
    throw distrust('Challenge is not signed by the server');
  }
  if (!isInner) return { attempt, sealing: undefined };
  const sharedSecret = exchange.agree(peerKey);
  const transcriptHash = sha256(bytes);
  return { attempt, sealing: new SealedChannel({ sharedSecret, transcriptHash, role: 'agent' }) };
}

function outerBinding(binding: ChannelBinding, exported: Uint8Array | undefined): Uint8Array {
  if (binding === 'none') return NO_CHANNEL_BINDING;
  if (!exported) throw distrust('Connection has no channel binding');
  return exported;
}

function createProof({ credential, key }: AgentHandshakeOptions, attempt: Attempt): Proof {
  const signature = signBytes(key, attemptBytes(attempt, 'agent'));
  return credential.mode === 'auth'
    ? { type: 'proof', signature, joinState: credential.state.joinState }
    : { type: 'proof', signature, token: credential.token };
}

function checkWelcome(
  options: AgentHandshakeOptions,
  challenge: Challenge,
  welcome: Welcome,
): void {
  const { credential, key } = options;
  const { joinState, agentId, workspaceId } = welcome;
  const state = credential.mode === 'auth' ? credential.state : undefined;
  const isMine =
    joinState.agentId === agentId &&
    joinState.epoch === challenge.controlPlaneEpoch &&
    (!state || (state.agentId === agentId && state.workspaceId === workspaceId));
  if (!isMine) throw distrust('Welcome is for another agent');
  checkJoinState(joinState, {
    controlPlaneKey: challenge.publicKey,
    keyId: key.keyId,
    olderThan: state?.joinState,
  });
}

/** Throws TunnelError unless the control plane gave this state to this key, after the one that is kept. */
export function checkJoinState(
  joinState: JoinState,
  expected: { controlPlaneKey: string; keyId: string; olderThan: JoinState | undefined },
): void {
  const { controlPlaneKey, keyId, olderThan } = expected;
  const isNext = joinState.generation > (olderThan?.generation ?? 0);
  const isOfAgent = !olderThan || olderThan.agentId === joinState.agentId;
  if (joinState.keyId !== keyId || !isNext || !isOfAgent) throw distrust('Join state is not next');
  if (!isJoinStateOf(controlPlaneKey, joinState)) {
    throw distrust('Join state is not signed by the server');
  }
}

/** Awaits a message of the server; its refusal becomes HandshakeRefusedError. */
export function receive<T>(
  { port, parse }: { port: MessagePort; parse: { refused(value: unknown): Refused } },
  parseMessage: (value: unknown) => T,
  timeoutMs: number,
): Promise<T> {
  function parseAnswer(value: unknown): T {
    if (!isRefusal(value)) return parseMessage(value);
    const { code, retryAfterSeconds } = parse.refused(value);
    throw new HandshakeRefusedError(code, retryAfterSeconds);
  }
  return receiveMessage(port, parseAnswer, timeoutMs);
}

function isRefusal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'refused';
}

function distrust(message: string): TunnelError {
  return new TunnelError('server_not_trusted', message);
}
