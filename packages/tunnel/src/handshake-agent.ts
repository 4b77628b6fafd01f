import {
  hashJoinToken,
  keyIdOf,
  type SigningKey,
  signBytes,
  toBase64url,
  verifyBytes,
} from './handshake-crypto.ts';
import { startDeadline } from './handshake-deadline.ts';
import {
  type AgentMessageParsers,
  type Challenge,
  HANDSHAKE_TIMEOUT_MS,
  HandshakeRefusedError,
  type HandshakeRuntime,
  type Hello,
  type JoinState,
  type MachineFacts,
  type Welcome,
} from './handshake-messages.ts';
import {
  attemptBytes,
  hashJoinState,
  joinStateBytes,
  NO_CHANNEL_BINDING,
} from './handshake-transcripts.ts';
import { type MessagePort, receiveMessage } from './message-port.ts';
import { TunnelError } from './types.ts';

/** What the agent keeps on disk between connections, besides its key. */
export interface AgentState {
  readonly agentId: string;
  readonly workspaceId: string;
  readonly controlPlaneId: string;
  readonly joinState: JoinState;
}

export type AgentCredential =
  | { readonly mode: 'enrol'; readonly token: string }
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
  /** Fixed at enrolment; a server that asks for another is refused. */
  readonly channelBinding: 'tls-exporter' | 'none';
  readonly channelBindingValue: Uint8Array | undefined;
  readonly machine: MachineFacts;
  /** Must have reached the disk when it resolves: only then the server learns of it. */
  persist(state: AgentState): Promise<void>;
}

export interface AgentWelcome {
  readonly sessionId: string;
  readonly state: AgentState;
}

/** Runs the agent's side. Rejects with HandshakeRefusedError when the server said no. */
export async function runAgentHandshake(options: AgentHandshakeOptions): Promise<AgentWelcome> {
  const { port, parse, runtime, credential } = options;
  const deadline = startDeadline(runtime, HANDSHAKE_TIMEOUT_MS);
  const hello = createHello(options);
  port.send(hello);
  const challenge = await receive(options, parse.challenge, deadline.leftMs());
  const signature = answerChallenge(options, hello, challenge);
  const token = credential.mode === 'enrol' ? { token: credential.token } : {};
  port.send({ type: 'proof', signature, ...token });
  const welcome = await receive(options, parse.welcome, deadline.leftMs());
  checkWelcome(options, challenge, welcome);
  const { sessionId, agentId, workspaceId, joinState } = welcome;
  const state = { agentId, workspaceId, controlPlaneId: challenge.controlPlaneId, joinState };
  await options.persist(state);
  port.send({ type: 'ack', generation: joinState.generation });
  return { sessionId, state };
}

function createHello({ runtime, key, credential, machine }: AgentHandshakeOptions): Hello {
  const clientNonce = toBase64url(runtime.randomBytes(32));
  const common = { type: 'hello', clientNonce, ...machine } as const;
  if (credential.mode === 'enrol') {
    const tokenId = hashJoinToken(credential.token);
    return { ...common, mode: 'enrol', publicKey: key.publicKeySpki, tokenId };
  }
  const { agentId, joinState } = credential.state;
  const joinStateHash = hashJoinState(joinState);
  const { generation } = joinState;
  return { ...common, mode: 'auth', agentId, keyId: key.keyId, generation, joinStateHash };
}

/** Checks who asks before signing anything: the agent is nobody's signing oracle. */
function answerChallenge(
  options: AgentHandshakeOptions,
  hello: Hello,
  challenge: Challenge,
): string {
  const { credential, authority, key } = options;
  if (keyIdOf(challenge.publicKey) !== options.controlPlaneKeyId)
    throw distrust('Other server key');
  if (challenge.channelBinding !== options.channelBinding) throw distrust('Other channel binding');
  const state = credential.mode === 'auth' ? credential.state : undefined;
  if (state && state.controlPlaneId !== challenge.controlPlaneId) throw distrust('Other server id');
  const channelBindingValue = bindingValue(options);
  const workspaceId = state?.workspaceId ?? '';
  const attempt = { hello, challenge, authority, workspaceId, channelBindingValue };
  if (!verifyBytes(challenge.publicKey, attemptBytes(attempt, 'server'), challenge.signature)) {
    throw distrust('Challenge is not signed by the server');
  }
  return signBytes(key, attemptBytes(attempt, 'agent'));
}

function bindingValue({ channelBinding, channelBindingValue }: AgentHandshakeOptions): Uint8Array {
  if (channelBinding === 'none') return NO_CHANNEL_BINDING;
  if (!channelBindingValue) throw distrust('Connection has no channel binding');
  return channelBindingValue;
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
    joinState.keyId === key.keyId &&
    joinState.epoch === challenge.controlPlaneEpoch &&
    joinState.generation === (state?.joinState.generation ?? 0) + 1 &&
    (!state || (state.agentId === agentId && state.workspaceId === workspaceId));
  if (!isMine) throw distrust('Welcome is for another agent');
  if (!verifyBytes(challenge.publicKey, joinStateBytes(joinState), joinState.signature)) {
    throw distrust('Join state is not signed by the server');
  }
}

function receive<T>(
  { port, parse }: AgentHandshakeOptions,
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
