import { TunnelError } from '../types.ts';

/** The wire messages of the handshake; the callers' schemas validate them. Bytes are base64url. */
export type ChannelBinding = 'tls-exporter' | 'inner-kx' | 'none';

/** Which machine runs the agent: copies of a disk differ in at least one of the two. */
export interface Machine {
  readonly bootId: string;
  readonly machineFingerprint: string;
}

export interface MachineFacts extends Machine {
  readonly agentVersion: string;
  readonly protocolVersion: number;
  readonly capabilities: string[];
}

interface HelloCommon extends MachineFacts {
  readonly type: 'hello';
  readonly clientNonce: string;
  readonly publicKey: string;
  /** The agent's own policy, fixed when it enrolled. Nobody answers with another one. */
  readonly channelBinding: ChannelBinding;
  /** X25519, with `inner-kx` only. */
  readonly keyExchange?: string | undefined;
}

export interface AuthHello extends HelloCommon {
  readonly mode: 'auth';
  readonly agentId: string;
  readonly workspaceId: string;
  readonly generation: number;
  readonly joinStateHash: string;
}

/** A newcomer; `fork`: a copy of another agent's machine that becomes an agent of its own. */
export interface EnrolHello extends HelloCommon {
  readonly mode: 'enrol' | 'fork';
  readonly tokenId: string;
}

export type Hello = AuthHello | EnrolHello;

export interface Challenge {
  readonly type: 'challenge';
  readonly challengeId: string;
  readonly serverNonce: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
  readonly controlPlaneId: string;
  readonly controlPlaneEpoch: number;
  readonly keyExchange?: string | undefined;
  readonly publicKey: string;
  readonly signature: string;
}

export interface Proof {
  readonly type: 'proof';
  readonly signature: string;
  /** When joining. */
  readonly token?: string | undefined;
  /** When authenticating: the document whose hash was signed. */
  readonly joinState?: JoinState | undefined;
}

export interface JoinState {
  readonly agentId: string;
  readonly keyId: string;
  readonly generation: number;
  readonly epoch: number;
  readonly issuedMs: number;
  readonly signature: string;
}

export interface Welcome {
  readonly type: 'welcome';
  readonly sessionId: string;
  readonly agentId: string;
  readonly workspaceId: string;
  readonly joinState: JoinState;
}

export interface Ack {
  readonly type: 'ack';
  readonly generation: number;
}

export type RefusalCode =
  | 'refused'
  | 'token_invalid'
  | 'try_later'
  | 'unsupported_version'
  | 'quarantined'
  | 'fork_required';

export interface Refused {
  readonly type: 'refused';
  readonly code: RefusalCode;
  readonly retryAfterSeconds?: number | undefined;
}

/** Each throws on anything that is not its message. */
export interface ServerMessageParsers {
  hello(value: unknown): Hello;
  proof(value: unknown): Proof;
  ack(value: unknown): Ack;
}

export interface AgentMessageParsers {
  challenge(value: unknown): Challenge;
  welcome(value: unknown): Welcome;
  refused(value: unknown): Refused;
}

/** HandshakeRefusedError is the server's no; its code says whether trying again makes sense. */
export class HandshakeRefusedError extends TunnelError {
  constructor(code: RefusalCode, retryAfterSeconds?: number) {
    super(code, `Handshake was refused: ${code}`, { retryAfterSeconds });
  }
}

/** Time and chance, injected. */
export interface HandshakeRuntime {
  /** Milliseconds since the epoch; for stamps, never for decisions. */
  wallMs(): number;
  monotonicMs(): number;
  randomBytes(count: number): Uint8Array;
  randomUuid(): string;
}

/** LinkFacts name one connection in whatever is signed on it after the handshake. */
export interface LinkFacts {
  readonly controlPlaneId: string;
  readonly controlPlaneEpoch: number;
  readonly authority: string;
  readonly channelBinding: ChannelBinding;
  readonly channelBindingValue: Uint8Array;
}

export const HANDSHAKE_TIMEOUT_MS = 5_000;
export const CHALLENGE_TTL_MS = 10_000;

export function machineOf(facts: MachineFacts): MachineFacts {
  const { bootId, machineFingerprint, agentVersion, protocolVersion, capabilities } = facts;
  return { bootId, machineFingerprint, agentVersion, protocolVersion, capabilities };
}

export function isSameMachine(left: Machine, right: Machine): boolean {
  return left.bootId === right.bootId && left.machineFingerprint === right.machineFingerprint;
}
