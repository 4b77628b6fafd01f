import { type Deadline, startDeadline } from './handshake-deadline.ts';
import {
  hashJoinToken,
  keyIdOf,
  type SigningKey,
  signBytes,
  toBase64url,
  verifyBytes,
} from './handshake-crypto.ts';
import {
  type AuthHello,
  type Challenge,
  CHALLENGE_TTL_MS,
  type ChannelBinding,
  type EnrolHello,
  HANDSHAKE_TIMEOUT_MS,
  HandshakeRefusedError,
  type HandshakeRuntime,
  type Hello,
  type JoinState,
  type MachineFacts,
  type Proof,
  type RefusalCode,
  type ServerMessageParsers,
} from './handshake-messages.ts';
import {
  type Attempt,
  attemptBytes,
  joinStateBytes,
  NO_CHANNEL_BINDING,
} from './handshake-transcripts.ts';
import { type MessagePort, receiveMessage } from './message-port.ts';
import { TunnelError } from './types.ts';

/** Bindings that this version can check; policy chooses, nothing is negotiated. */
export type BindingPolicy = Extract<ChannelBinding, 'tls-exporter' | 'none'>;

export interface AgentRecord {
  readonly publicKeySpki: string;
  readonly keyId: string;
  readonly workspaceId: string;
  readonly ackedGeneration: number;
  readonly pendingGeneration: number | null;
  readonly revoked: boolean;
  readonly channelBinding: BindingPolicy;
}

export interface EnrolRequest extends MachineFacts {
  /** As `hashJoinToken` gives it. */
  readonly tokenHash: string;
  readonly publicKeySpki: string;
  readonly keyId: string;
  readonly channelBinding: BindingPolicy;
}

/** `enrolled` also for the same key and token again before the first ack: same agent, generation 1 pending. */
export type EnrolResult =
  | { readonly outcome: 'enrolled'; readonly agentId: string; readonly workspaceId: string }
  | { readonly outcome: 'invalid' }
  | { readonly outcome: 'reused'; readonly agentId: string };

export interface GenerationChange {
  readonly agentId: string;
  /** The row must still hold these two, or nothing changes. */
  readonly expected: Pick<AgentRecord, 'ackedGeneration' | 'pendingGeneration'>;
  readonly ackedGeneration: number;
  readonly pendingGeneration: number;
  readonly machine: MachineFacts;
}

/** Each runs only after the agent proved its key, except `findAgent`, which only reads. */
export interface HandshakeStore {
  findAgent(agentId: string): Promise<AgentRecord | null>;
  /** Consumes the token and inserts agent and key in one transaction. */
  consumeToken(request: EnrolRequest): Promise<EnrolResult>;
  /** Compare-and-set; false when another connection was faster. */
  commitPending(change: GenerationChange): Promise<boolean>;
  /** Makes this pending generation the acked one; false when it is not pending any more. */
  acknowledge(agentId: string, generation: number): Promise<boolean>;
}

/** Something that a person should look at; only ever caused by who holds a valid key. */
export interface HandshakeIncident {
  readonly kind: 'stale_generation' | 'generation_ahead' | 'token_reused';
  readonly agentId: string;
  readonly machine: MachineFacts;
}

export interface ServerHandshakeOptions {
  readonly port: MessagePort;
  readonly parse: ServerMessageParsers;
  readonly store: HandshakeStore;
  readonly runtime: HandshakeRuntime;
  readonly key: SigningKey;
  readonly controlPlaneId: string;
  readonly controlPlaneEpoch: number;
  /** `host:port` that the agent dialled. */
  readonly authority: string;
  /** For agents that enrol now; known ones keep what they enrolled with. */
  readonly channelBinding: BindingPolicy;
  /** This connection's exporter value; undefined without TLS. */
  readonly channelBindingValue: Uint8Array | undefined;
  readonly protocolVersions: readonly number[];
  onIncident(incident: HandshakeIncident): void;
}

export interface AgentSession {
  readonly sessionId: string;
  readonly agentId: string;
  readonly workspaceId: string;
  readonly keyId: string;
  readonly generation: number;
  readonly machine: MachineFacts;
}

interface Admission {
  readonly agentId: string;
  readonly workspaceId: string;
  readonly keyId: string;
  readonly generation: number;
}

/**
 * Runs the server's side: hello, challenge, proof, welcome, ack. On any failure the agent reads
 * `refused` and this rejects with TunnelError; the caller then closes the connection.
 */
export async function runServerHandshake(options: ServerHandshakeOptions): Promise<AgentSession> {
  const { port } = options;
  try {
    return await exchange(options);
  } catch (error) {
    if (error instanceof HandshakeRefusedError) {
      port.send({ type: 'refused', code: error.code });
      throw error;
    }
    port.send({ type: 'refused', code: error instanceof TunnelError ? 'refused' : 'try_later' });
    throw error;
  }
}

async function exchange(options: ServerHandshakeOptions): Promise<AgentSession> {
  const { port, parse, runtime, store } = options;
  const deadline = startDeadline(runtime, HANDSHAKE_TIMEOUT_MS);
  const hello = await receiveMessage(port, parse.hello, deadline.leftMs());
  if (!options.protocolVersions.includes(hello.protocolVersion)) refuse('unsupported_version');
  const record = hello.mode === 'auth' ? await store.findAgent(hello.agentId) : null;
  const proof = await challengeAgent(options, { hello, record, deadline });
  const admission =
    hello.mode === 'auth'
      ? await admitKnown(options, hello, record)
      : await admitNewcomer(options, hello, proof);
  const sessionId = runtime.randomUuid();
  const { agentId, workspaceId, keyId, generation } = admission;
  const joinState = signJoinState(options, { agentId, keyId, generation });
  port.send({ type: 'welcome', sessionId, agentId, workspaceId, joinState });
  const ack = await receiveMessage(port, parse.ack, deadline.leftMs());
  if (ack.generation !== generation) refuse('refused');
  if (!(await store.acknowledge(agentId, generation))) refuse('try_later');
  return { sessionId, ...admission, machine: machineOf(hello) };
}

interface Challenged {
  readonly hello: Hello;
  readonly record: AgentRecord | null;
  readonly deadline: Deadline;
}

/** Returns the proof once its signature is right. An unknown agent fails here like a wrong key. */
async function challengeAgent(
  options: ServerHandshakeOptions,
  challenged: Challenged,
): Promise<Proof> {
  const { port, parse, key } = options;
  const { hello, record, deadline } = challenged;
  const attempt = createAttempt(options, hello, record);
  const signature = signBytes(key, attemptBytes(attempt, 'server'));
  const publicKey = key.publicKeySpki;
  port.send({ type: 'challenge', ...attempt.challenge, publicKey, signature } satisfies Challenge);
  const proof = await receiveMessage(port, parse.proof, deadline.leftMs());
  // Without a record the own key stands in: nobody else can sign with it, and the work is the same.
  const known = hello.mode === 'enrol' ? hello.publicKey : (record ?? key).publicKeySpki;
  const isProven = verifyBytes(known, attemptBytes(attempt, 'agent'), proof.signature);
  if (!isProven) refuse('refused');
  deadline.leftMs();
  return proof;
}

function createAttempt(
  options: ServerHandshakeOptions,
  hello: Hello,
  record: AgentRecord | null,
): Attempt {
  const { runtime } = options;
  const channelBinding = record?.channelBinding ?? options.channelBinding;
  const issuedMs = runtime.wallMs();
  const challenge = {
    challengeId: toBase64url(runtime.randomBytes(16)),
    serverNonce: toBase64url(runtime.randomBytes(32)),
    issuedMs,
    expiresMs: issuedMs + CHALLENGE_TTL_MS,
    controlPlaneId: options.controlPlaneId,
    controlPlaneEpoch: options.controlPlaneEpoch,
    channelBinding,
  };
  const workspaceId = record?.workspaceId ?? runtime.randomUuid();
  const channelBindingValue = bindingValue(options, channelBinding);
  return { hello, challenge, authority: options.authority, workspaceId, channelBindingValue };
}

/** Where the binding is demanded and missing, random bytes take its place and the proof must fail. */
function bindingValue(options: ServerHandshakeOptions, binding: BindingPolicy): Uint8Array {
  if (binding === 'none') return NO_CHANNEL_BINDING;
  return options.channelBindingValue ?? options.runtime.randomBytes(32);
}

async function admitKnown(
  { store, onIncident }: ServerHandshakeOptions,
  hello: AuthHello,
  record: AgentRecord | null,
): Promise<Admission> {
  if (!record || record.keyId !== hello.keyId || record.revoked) return refuse('refused');
  const { agentId, generation: presented } = hello;
  const { ackedGeneration, pendingGeneration, workspaceId, keyId } = record;
  if (presented !== ackedGeneration && presented !== pendingGeneration) {
    const kind = presented < ackedGeneration ? 'stale_generation' : 'generation_ahead';
    onIncident({ kind, agentId, machine: machineOf(hello) });
    return refuse('refused');
  }
  const generation = presented + 1;
  const committed = await store.commitPending({
    agentId,
    expected: { ackedGeneration, pendingGeneration },
    ackedGeneration: presented,
    pendingGeneration: generation,
    machine: machineOf(hello),
  });
  if (!committed) return refuse('try_later');
  return { agentId, workspaceId, keyId, generation };
}

async function admitNewcomer(
  { store, channelBinding, onIncident }: ServerHandshakeOptions,
  hello: EnrolHello,
  { token }: Proof,
): Promise<Admission> {
  if (token === undefined || hashJoinToken(token) !== hello.tokenId) return refuse('token_invalid');
  const keyId = keyIdOf(hello.publicKey);
  const machine = machineOf(hello);
  const result = await store.consumeToken({
    tokenHash: hello.tokenId,
    publicKeySpki: hello.publicKey,
    keyId,
    channelBinding,
    ...machine,
  });
  if (result.outcome === 'reused') {
    onIncident({ kind: 'token_reused', agentId: result.agentId, machine });
  }
  if (result.outcome !== 'enrolled') return refuse('token_invalid');
  const { agentId, workspaceId } = result;
  return { agentId, workspaceId, keyId, generation: 1 };
}

function signJoinState(
  { key, runtime, controlPlaneEpoch }: ServerHandshakeOptions,
  subject: Pick<JoinState, 'agentId' | 'keyId' | 'generation'>,
): JoinState {
  const state = { ...subject, epoch: controlPlaneEpoch, issuedMs: runtime.wallMs() };
  return { ...state, signature: signBytes(key, joinStateBytes(state)) };
}

function machineOf(hello: Hello): MachineFacts {
  const { bootId, machineFingerprint, agentVersion, protocolVersion, capabilities } = hello;
  return { bootId, machineFingerprint, agentVersion, protocolVersion, capabilities };
}

function refuse(code: RefusalCode): never {
  throw new HandshakeRefusedError(code);
}
