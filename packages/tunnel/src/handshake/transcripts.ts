import { Buffer } from 'node:buffer';
import { fromBase64url, hashCapabilities, keyIdOf } from './crypto.ts';
import type {
  AuthHello,
  Challenge,
  ChannelBinding,
  EnrolHello,
  Hello,
  LinkFacts,
  MachineFacts,
} from './messages.ts';
import { encodeTranscript, SUITE, type TranscriptRole } from './transcript.ts';

/** What both ends know of one attempt; they must come to the same bytes from it. */
export interface Attempt<H extends Hello = Hello> {
  readonly hello: H;
  readonly challenge: Omit<Challenge, 'signature' | 'type' | 'publicKey'>;
  readonly authority: string;
  readonly channelBindingValue: Uint8Array;
}

export const NO_CHANNEL_BINDING: Uint8Array = Buffer.alloc(32);

export function attemptBytes(attempt: Attempt, role: TranscriptRole): Buffer {
  const { hello } = attempt;
  return hello.mode === 'auth'
    ? authBytes({ ...attempt, hello }, role)
    : joinBytes({ ...attempt, hello }, role);
}

/** What names this connection once the attempt has succeeded. */
export function linkOf({ hello, challenge, authority, channelBindingValue }: Attempt): LinkFacts {
  const { controlPlaneId, controlPlaneEpoch } = challenge;
  const { channelBinding } = hello;
  return { controlPlaneId, controlPlaneEpoch, authority, channelBinding, channelBindingValue };
}

function authBytes(attempt: Attempt<AuthHello>, role: TranscriptRole): Buffer {
  const { hello } = attempt;
  return encodeTranscript('agent-auth', role, {
    ...commonOf(attempt),
    ...machineFields(hello),
    agentId: hello.agentId,
    workspaceId: hello.workspaceId,
    agentKeyId: fromBase64url(keyIdOf(hello.publicKey)),
    generation: hello.generation,
    joinStateHash: fromBase64url(hello.joinStateHash),
    controlPlaneEpoch: attempt.challenge.controlPlaneEpoch,
  });
}

function joinBytes(attempt: Attempt<EnrolHello>, role: TranscriptRole): Buffer {
  const { hello } = attempt;
  return encodeTranscript(hello.mode === 'fork' ? 'fork' : 'agent-enrol', role, {
    ...commonOf(attempt),
    ...machineFields(hello),
    tokenId: fromBase64url(hello.tokenId),
    publicKey: fromBase64url(hello.publicKey),
  });
}

function commonOf(attempt: Attempt) {
  const { hello, challenge } = attempt;
  return {
    suite: SUITE,
    controlPlaneId: challenge.controlPlaneId,
    authority: attempt.authority,
    clientNonce: fromBase64url(hello.clientNonce),
    ...challengeFields(challenge),
    ...bindingFields(hello.channelBinding, attempt.channelBindingValue),
  };
}

function challengeFields(challenge: RotationChallenge) {
  return {
    challengeId: fromBase64url(challenge.challengeId),
    serverNonce: fromBase64url(challenge.serverNonce),
    issuedMs: challenge.issuedMs,
    expiresMs: challenge.expiresMs,
  };
}

function bindingFields(channelBindingType: ChannelBinding, channelBindingValue: Uint8Array) {
  return { channelBindingType, channelBindingValue };
}

function machineFields(facts: MachineFacts) {
  return {
    bootId: facts.bootId,
    machineFingerprint: fromBase64url(facts.machineFingerprint),
    agentVersion: facts.agentVersion,
    protocolVersion: facts.protocolVersion,
    capabilitiesHash: hashCapabilities(facts.capabilities),
  };
}

export type RotationChallenge = Pick<
  Challenge,
  'challengeId' | 'serverNonce' | 'issuedMs' | 'expiresMs'
>;

/** One change of an agent's key. */
export interface Rotation {
  readonly link: LinkFacts;
  readonly agentId: string;
  readonly workspaceId: string;
  /** The key that gives way. */
  readonly keyId: string;
  readonly nextPublicKey: string;
  readonly clientNonce: string;
  readonly challenge: RotationChallenge;
}

export function rotationBytes(rotation: Rotation, role: TranscriptRole): Buffer {
  const { link, agentId, workspaceId, challenge } = rotation;
  return encodeTranscript('agent-rotate', role, {
    suite: SUITE,
    controlPlaneId: link.controlPlaneId,
    authority: link.authority,
    agentId,
    workspaceId,
    agentKeyId: fromBase64url(rotation.keyId),
    nextPublicKey: fromBase64url(rotation.nextPublicKey),
    clientNonce: fromBase64url(rotation.clientNonce),
    ...challengeFields(challenge),
    ...bindingFields(link.channelBinding, link.channelBindingValue),
    controlPlaneEpoch: link.controlPlaneEpoch,
  });
}
