import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateSigningKey, signBytes, verifyBytes } from './crypto.ts';
import {
  type AuthTranscript,
  decodeTranscript,
  encodeTranscript,
  type EnrolTranscript,
  SUITE,
  TRANSCRIPTS,
  type TranscriptContext,
} from './transcript.ts';
import { TunnelError } from '../types.ts';

const auth: AuthTranscript = {
  suite: SUITE,
  controlPlaneId: '6d8ff0a4-2d3a-4a57-9a0e-0a5a3c1c0001',
  authority: 'flow.example:443',
  agentId: '6d8ff0a4-2d3a-4a57-9a0e-0a5a3c1c0002',
  workspaceId: '6d8ff0a4-2d3a-4a57-9a0e-0a5a3c1c0003',
  agentKeyId: Buffer.alloc(32, 6),
  challengeId: Buffer.alloc(16, 7),
  serverNonce: Buffer.alloc(32, 8),
  clientNonce: Buffer.alloc(32, 9),
  issuedMs: 1_790_000_000_000,
  expiresMs: 1_790_000_010_000,
  channelBindingType: 'tls-exporter',
  channelBindingValue: Buffer.alloc(32, 13),
  generation: 14,
  joinStateHash: Buffer.alloc(32, 15),
  controlPlaneEpoch: 16,
  bootId: 'boot',
  machineFingerprint: Buffer.alloc(32, 18),
  agentVersion: '0.1.0',
  protocolVersion: 1,
  capabilitiesHash: Buffer.alloc(32, 21),
};

const { agentId, workspaceId, agentKeyId, generation, joinStateHash, controlPlaneEpoch, ...rest } =
  auth;
const enrol: EnrolTranscript = {
  ...rest,
  tokenId: Buffer.alloc(32, 4),
  publicKey: Buffer.alloc(44, 5),
};

function bytes(length: number) {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((value) => Buffer.from(value));
}

const kinds = {
  text: fc.string({ minLength: 1, maxLength: 100 }),
  u64: fc.nat(Number.MAX_SAFE_INTEGER),
  u32: fc.nat(0xffff_ffff),
};
const anyAuth: fc.Arbitrary<AuthTranscript> = fc
  .record(
    Object.fromEntries(
      Object.entries(TRANSCRIPTS['agent-auth']).map(([name, kind]) => [
        name,
        typeof kind === 'number' ? bytes(kind) : kinds[kind],
      ]),
    ),
  )
  .map((values) => ({ ...auth, ...values }));

function field(tag: number, hex: string): string {
  return tag.toString(16).padStart(4, '0') + (hex.length / 2).toString(16).padStart(8, '0') + hex;
}

function textHex(text: string): string {
  return Buffer.from(text).toString('hex');
}

function u64Hex(value: number): string {
  return value.toString(16).padStart(16, '0');
}

describe('transcript', () => {
  it('has the pinned bytes for authentication', () => {
    const expected = [
      textHex('spt-flow/agent-auth/v1\0agent\0'),
      field(0x01, textHex('ed25519/tls-exporter')),
      field(0x02, textHex(auth.controlPlaneId)),
      field(0x03, textHex('flow.example:443')),
      field(0x04, textHex(auth.agentId)),
      field(0x05, textHex(auth.workspaceId)),
      field(0x06, '06'.repeat(32)),
      field(0x07, '07'.repeat(16)),
      field(0x08, '08'.repeat(32)),
      field(0x09, '09'.repeat(32)),
      field(0x0a, u64Hex(auth.issuedMs)),
      field(0x0b, u64Hex(auth.expiresMs)),
      field(0x0c, textHex('tls-exporter')),
      field(0x0d, '0d'.repeat(32)),
      field(0x0e, u64Hex(14)),
      field(0x0f, '0f'.repeat(32)),
      field(0x10, u64Hex(16)),
      field(0x11, textHex('boot')),
      field(0x12, '12'.repeat(32)),
      field(0x13, textHex('0.1.0')),
      field(0x14, '00000001'),
      field(0x15, '15'.repeat(32)),
    ].join('');

    expect(encodeTranscript('agent-auth', 'agent', auth).toString('hex')).toBe(expected);
  });

  it('has the pinned order of fields for enrolment', () => {
    expect(Object.keys(TRANSCRIPTS['agent-enrol'])).toEqual([
      'suite',
      'controlPlaneId',
      'authority',
      'tokenId',
      'publicKey',
      'challengeId',
      'serverNonce',
      'clientNonce',
      'issuedMs',
      'expiresMs',
      'channelBindingType',
      'channelBindingValue',
      'bootId',
      'machineFingerprint',
      'agentVersion',
      'protocolVersion',
      'capabilitiesHash',
    ]);
    expect(encodeTranscript('agent-enrol', 'server', enrol).toString('latin1')).toMatch(
      /^spt-flow\/agent-enrol\/v1\0server\0/,
    );
  });

  it('reads back what was written', () => {
    fc.assert(
      fc.property(anyAuth, (transcript) => {
        const encoded = encodeTranscript('agent-auth', 'agent', transcript);

        expect(decodeTranscript('agent-auth', 'agent', encoded)).toEqual(transcript);
      }),
    );
  });

  it('reads garbage as a TunnelError or as its one encoding', () => {
    const prefix = Buffer.from('spt-flow/agent-auth/v1\0agent\0');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (garbage, hasPrefix) => {
        const input = hasPrefix ? Buffer.concat([prefix, garbage]) : garbage;
        expect(() => decodeTranscript('agent-auth', 'agent', input)).toThrow(TunnelError);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a signature holds for no other byte sequence: every bit counts', () => {
    const key = generateSigningKey();
    const encoded = encodeTranscript('agent-auth', 'agent', auth);
    const signature = signBytes(key, encoded);
    expect(verifyBytes(key.publicKeySpki, encoded, signature)).toBe(true);

    for (let index = 0; index < encoded.length; index += 1) {
      const changed = Buffer.from(encoded);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(verifyBytes(key.publicKeySpki, changed, signature)).toBe(false);
    }
  });

  it('refuses fields that are dropped, repeated, swapped or added', () => {
    const prefix = Buffer.from('spt-flow/join-state/v1\0server\0').length;
    const state = { agentId: 'a', keyId: Buffer.alloc(32), generation: 1, epoch: 2, issuedMs: 3 };
    const encoded = encodeTranscript('join-state', 'server', state);
    const fields: Buffer[] = [];
    for (let offset = prefix; offset < encoded.length;) {
      const end = offset + 6 + encoded.readUInt32BE(offset + 2);
      fields.push(encoded.subarray(offset, end));
      offset = end;
    }
    const assemble = (parts: Buffer[]) => Buffer.concat([encoded.subarray(0, prefix), ...parts]);
    const decode = (parts: Buffer[]) => decodeTranscript('join-state', 'server', assemble(parts));

    expect(decode(fields)).toEqual(state);
    fields.forEach((each, index) => {
      const others = fields.filter((_, other) => other !== index);
      expect(() => decode(others)).toThrow(TunnelError);
      expect(() => decode(fields.toSpliced(index, 0, each))).toThrow(TunnelError);
      if (index > 0)
        expect(() => decode(others.toSpliced(index - 1, 0, each))).toThrow(TunnelError);
    });
    expect(() => decode([...fields, Buffer.from([0])])).toThrow(TunnelError);
  });

  it.each<[TranscriptContext, 'agent' | 'server']>([
    ['agent-enrol', 'agent'],
    ['join-state', 'agent'],
    ['agent-auth', 'server'],
  ])('is not read as %s of the %s', (context, role) => {
    const encoded = encodeTranscript('agent-auth', 'agent', auth);

    expect(() => decodeTranscript(context, role, encoded)).toThrow('Other context or role');
  });

  it.each<[string, Partial<AuthTranscript>]>([
    ['a short key id', { agentKeyId: Buffer.alloc(31) }],
    ['a long nonce', { clientNonce: Buffer.alloc(33) }],
    ['empty text', { bootId: '' }],
    ['endless text', { bootId: 'x'.repeat(513) }],
    ['a negative number', { generation: -1 }],
    ['a fraction', { issuedMs: 1.5 }],
    ['a number beyond 53 bits', { generation: 2 ** 53 }],
    ['a version beyond 32 bits', { protocolVersion: 2 ** 32 }],
  ])('refuses to encode %s', (_name, wrong) => {
    expect(() => encodeTranscript('agent-auth', 'agent', { ...auth, ...wrong })).toThrow(
      TunnelError,
    );
  });
});
