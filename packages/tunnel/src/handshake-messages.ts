import { TunnelError } from './types.ts';

/** The wire messages of the handshake; the callers' schemas validate them. Bytes are base64url. */
export type ChannelBinding = 'tls-exporter' | 'inner-kx' | 'none';

export interface MachineFacts {
  readonly bootId: string;
  readonly machineFingerprint: string;
  readonly agentVersion: string;
  readonly protocolVersion: number;
  readonly capabilities: string[];
}

interface HelloCommon extends MachineFacts {
  readonly type: 'hello';
  readonly clientNonce: string;
}

export interface AuthHello extends HelloCommon {
  readonly mode: 'auth';
  readonly agentId: string;
  readonly keyId: string;
  readonly generation: number;
  readonly joinStateHash: string;
}

export interface EnrolHello extends HelloCommon {
  readonly mode: 'enrol';
  readonly publicKey: string;
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
  readonly channelBinding: ChannelBinding;
  readonly publicKey: string;
  readonly signature: string;
}

export interface Proof {
  readonly type: 'proof';
  readonly signature: string;
  readonly token?: string | undefined;
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

export type RefusalCode = 'refused' | 'token_invalid' | 'try_later' | 'unsupported_version';

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
  readonly retryAfterSeconds: number | undefined;

  constructor(code: RefusalCode, retryAfterSeconds?: number) {
    super(code, `Handshake was refused: ${code}`);
    this.retryAfterSeconds = retryAfterSeconds;
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

export const HANDSHAKE_TIMEOUT_MS = 5_000;
export const CHALLENGE_TTL_MS = 10_000;
