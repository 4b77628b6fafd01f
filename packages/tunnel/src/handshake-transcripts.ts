import { Buffer } from 'node:buffer';
import { fromBase64url, hashCapabilities, sha256 } from './handshake-crypto.ts';
import type {
  AuthHello,
  Challenge,
  EnrolHello,
  Hello,
  JoinState,
  MachineFacts,
} from './handshake-messages.ts';
import { encodeTranscript, SUITE, type TranscriptRole } from './transcript.ts';

/** What both ends know of one attempt; they must come to the same bytes from it. */
export interface Attempt<H extends Hello = Hello> {
  readonly hello: H;
  readonly challenge: Omit<Challenge, 'signature' | 'type' | 'publicKey'>;
  readonly authority: string;
  /** Unused when enrolling: the agent learns it from the welcome. */
  readonly workspaceId: string;
  readonly channelBindingValue: Uint8Array;
}

export const NO_CHANNEL_BINDING: Uint8Array = Buffer.alloc(32);

export function attemptBytes(attempt: Attempt, role: TranscriptRole): Buffer {
  const { hello } = attempt;
  return hello.mode === 'auth'
    ? authBytes({ ...attempt, hello }, role)
    : enrolBytes({ ...attempt, hello }, role);
}

function authBytes(attempt: Attempt<AuthHello>, role: TranscriptRole): Buffer {
  const { hello } = attempt;
  return encodeTranscript('agent-auth', role, {
    ...commonOf(attempt),
    agentId: hello.agentId,
    workspaceId: attempt.workspaceId,
    agentKeyId: fromBase64url(hello.keyId),
    generation: hello.generation,
    joinStateHash: fromBase64url(hello.joinStateHash),
    controlPlaneEpoch: attempt.challenge.controlPlaneEpoch,
  });
}

function enrolBytes(attempt: Attempt<EnrolHello>, role: TranscriptRole): Buffer {
  const { hello } = attempt;
  return encodeTranscript('agent-enrol', role, {
    ...commonOf(attempt),
    tokenId: fromBase64url(hello.tokenId),
    publicKey: fromBase64url(hello.publicKey),
  });
}

function commonOf({ hello, challenge, authority, channelBindingValue }: Attempt) {
  return {
    suite: SUITE,
    controlPlaneId: challenge.controlPlaneId,
    authority,
    challengeId: fromBase64url(challenge.challengeId),
    serverNonce: fromBase64url(challenge.serverNonce),
    clientNonce: fromBase64url(hello.clientNonce),
    issuedMs: challenge.issuedMs,
    expiresMs: challenge.expiresMs,
    channelBindingType: challenge.channelBinding,
    channelBindingValue,
    ...machineOf(hello),
  };
}

function machineOf(facts: MachineFacts) {
  return {
    bootId: facts.bootId,
    machineFingerprint: fromBase64url(facts.machineFingerprint),
    agentVersion: facts.agentVersion,
    protocolVersion: facts.protocolVersion,
    capabilitiesHash: hashCapabilities(facts.capabilities),
  };
}

export function joinStateBytes(state: Omit<JoinState, 'signature'>): Buffer {
  const { agentId, generation, epoch, issuedMs } = state;
  const keyId = fromBase64url(state.keyId);
  return encodeTranscript('join-state', 'server', { agentId, keyId, generation, epoch, issuedMs });
}

/** What the agent presents as `joinStateHash` on its next connection. */
export function hashJoinState(state: JoinState): string {
  const bytes = Buffer.concat([joinStateBytes(state), fromBase64url(state.signature)]);
  return sha256(bytes).toString('base64url');
}
