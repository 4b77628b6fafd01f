import { type Deadline, startDeadline } from './deadline.ts';
import { admitAgent } from './admit.ts';
import { type SigningKey, sha256, signBytes, toBase64url, verifyBytes } from './crypto.ts';
import {
  type Challenge,
  CHALLENGE_TTL_MS,
  HANDSHAKE_TIMEOUT_MS,
  HandshakeRefusedError,
  type HandshakeRuntime,
  type Hello,
  type LinkFacts,
  type MachineFacts,
  machineOf,
  type Proof,
  type ServerMessageParsers,
} from './messages.ts';
import type { HandshakeIncident, HandshakeStore } from './store.ts';
import { type Attempt, attemptBytes, linkOf, NO_CHANNEL_BINDING } from './transcripts.ts';
import { grantJoinState } from './join-state.ts';
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
  /** This connection's exporter value; undefined without TLS. */
  readonly channelBindingValue: Uint8Array | undefined;
  /** Agents with the policy `none` may use this connection. */
  readonly allowsUnbound: boolean;
  readonly protocolVersions: readonly number[];
  onIncident(incident: HandshakeIncident): void;
}

/** ProvenAgent is who holds the other end of a connection, and what further signatures on it name. */
export interface ProvenAgent {
  readonly sessionId: string;
  readonly agentId: string;
  readonly workspaceId: string;
  readonly publicKeySpki: string;
  readonly keyId: string;
  readonly generation: number;
  readonly machine: MachineFacts;
  readonly link: LinkFacts;
  /** What the tunnel must be sealed with; undefined unless the binding is `inner-kx`. */
  readonly sealing: SealedChannel | undefined;
}

/** Sealed from the proof on, when the binding is `inner-kx`. */
interface Line {
  port: MessagePort;
  sealing?: SealedChannel;
}

/**
 * Runs the server's side: hello, challenge, proof, welcome, ack. On any failure the agent reads
 * `refused` and this rejects with TunnelError; the caller then closes the connection.
 */
export async function runServerHandshake(options: ServerHandshakeOptions): Promise<ProvenAgent> {
  const line: Line = { port: options.port };
  try {
    return await exchange(options, line);
  } catch (error) {
    if (error instanceof HandshakeRefusedError) {
      const { code, retryAfterSeconds } = error;
      line.port.send({ type: 'refused', code, retryAfterSeconds });
      throw error;
    }
    const code = error instanceof TunnelError ? 'refused' : 'try_later';
    line.port.send({ type: 'refused', code });
    throw error;
  }
}

async function exchange(options: ServerHandshakeOptions, line: Line): Promise<ProvenAgent> {
  const { port, parse, runtime, store } = options;
  const deadline = startDeadline(runtime, HANDSHAKE_TIMEOUT_MS);
  const hello = await receiveMessage(port, parse.hello, deadline.leftMs());
  if (!options.protocolVersions.includes(hello.protocolVersion)) {
    throw new HandshakeRefusedError('unsupported_version');
  }
  const attempt = challengeAgent(options, hello, line);
  const proof = await receiveProof(options, { attempt, port: line.port, deadline });
  const admitted = await admitAgent(options, hello, proof);
  const { agentId, workspaceId, generation, keyId } = admitted;
  const sessionId = runtime.randomUuid();
  const joinState = grantJoinState(options, { agentId, keyId, generation });
  line.port.send({ type: 'welcome', sessionId, agentId, workspaceId, joinState });
  const ack = await receiveMessage(line.port, parse.ack, deadline.leftMs());
  if (ack.generation !== generation) throw new HandshakeRefusedError('refused');
  const machine = machineOf(hello);
  const { endsQuarantine } = admitted;
  const acknowledgement = { agentId, generation, sessionId, machine, endsQuarantine };
  if (!(await store.acknowledge(acknowledgement))) throw new HandshakeRefusedError('try_later');
  return {
    ...{ sessionId, agentId, workspaceId, keyId, generation, machine },
    publicKeySpki: hello.publicKey,
    link: linkOf(attempt),
    sealing: line.sealing,
  };
}

/** Every hello is answered with what it says itself, so that the answer tells nothing about who exists. */
function challengeAgent(options: ServerHandshakeOptions, hello: Hello, line: Line): Attempt {
  const { port, runtime, key, authority } = options;
  const isInner = hello.channelBinding === 'inner-kx';
  const exchange = isInner ? createKeyExchange(runtime.randomBytes(KEY_EXCHANGE_BYTES)) : undefined;
  const issuedMs = runtime.wallMs();
  const challenge = {
    challengeId: toBase64url(runtime.randomBytes(16)),
    serverNonce: toBase64url(runtime.randomBytes(32)),
    issuedMs,
    expiresMs: issuedMs + CHALLENGE_TTL_MS,
    controlPlaneId: options.controlPlaneId,
    controlPlaneEpoch: options.controlPlaneEpoch,
    ...(exchange && { keyExchange: exchange.publicKey }),
  };
  const channelBindingValue = bindingValue(options, hello, exchange);
  const attempt = { hello, challenge, authority, channelBindingValue };
  const bytes = attemptBytes(attempt, 'server');
  if (exchange) line.sealing = sealWith(exchange, hello, bytes);
  const signature = signBytes(key, bytes);
  const publicKey = key.publicKeySpki;
  port.send({ type: 'challenge', ...challenge, publicKey, signature } satisfies Challenge);
  if (line.sealing) line.port = sealPort(port, line.sealing);
  return attempt;
}

/** Where the exporter is demanded and missing, random bytes take its place and the proof must fail. */
function bindingValue(
  { channelBindingValue, runtime }: ServerHandshakeOptions,
  hello: Hello,
  exchange: KeyExchange | undefined,
): Uint8Array {
  if (exchange) return keyExchangeBinding(hello.keyExchange ?? '', exchange.publicKey);
  if (hello.channelBinding === 'none') return NO_CHANNEL_BINDING;
  return channelBindingValue ?? runtime.randomBytes(32);
}

function sealWith(exchange: KeyExchange, hello: Hello, transcript: Uint8Array): SealedChannel {
  const sharedSecret = exchange.agree(hello.keyExchange ?? '');
  return new SealedChannel({ sharedSecret, transcriptHash: sha256(transcript), role: 'server' });
}

/** Returns the proof once its signature is right: whose key it is, is asked afterwards. */
async function receiveProof(
  { parse }: ServerHandshakeOptions,
  { attempt, port, deadline }: { attempt: Attempt; port: MessagePort; deadline: Deadline },
): Promise<Proof> {
  const proof = await receiveMessage(port, parse.proof, deadline.leftMs());
  const { publicKey } = attempt.hello;
  if (!verifyBytes(publicKey, attemptBytes(attempt, 'agent'), proof.signature)) {
    throw new HandshakeRefusedError('refused');
  }
  deadline.leftMs();
  return proof;
}
