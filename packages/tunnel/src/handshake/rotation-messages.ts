import type { Ack, Challenge, JoinState, Refused } from './messages.ts';

/** The wire messages of a change of key, on a stream of a connection that is proven already. */
export interface RotationHello {
  readonly type: 'rotation-hello';
  readonly nextPublicKey: string;
  readonly clientNonce: string;
}

export interface RotationChallenge extends Pick<
  Challenge,
  'challengeId' | 'serverNonce' | 'issuedMs' | 'expiresMs' | 'signature'
> {
  readonly type: 'rotation-challenge';
}

export interface RotationProof {
  readonly type: 'rotation-proof';
  /** Of the key that gives way. */
  readonly signature: string;
  readonly nextSignature: string;
}

/** Both keys are valid now; the state belongs to the next one. */
export interface RotationWelcome {
  readonly type: 'rotation-welcome';
  readonly joinState: JoinState;
}

/** Each throws on anything that is not its message. */
export interface ServerRotationParsers {
  hello(value: unknown): RotationHello;
  proof(value: unknown): RotationProof;
  ack(value: unknown): Ack;
}

export interface AgentRotationParsers {
  challenge(value: unknown): RotationChallenge;
  welcome(value: unknown): RotationWelcome;
  refused(value: unknown): Refused;
}
