import { Buffer } from 'node:buffer';
import { TunnelError } from '../types.ts';

/**
 * Signed bytes: `"spt-flow/<context>/v1\0" ‖ role ‖ 0x00 ‖ (u16 tag ‖ u32be length ‖ value)…`.
 * Every tag is present, in order, with nothing behind. One context per purpose, so that a
 * signature made for one is worthless for another.
 */
export type TranscriptRole = 'agent' | 'server';

/** A number is the exact count of bytes, `text` is 1 to 512 bytes of UTF-8, `u64` and `u32` are integers. */
type Kind = number | 'text' | 'u64' | 'u32';
type ValueOf<K extends Kind> = K extends number ? Uint8Array : K extends 'text' ? string : number;

type Fields = Readonly<Record<string, Kind>>;
export type TranscriptOf<F extends Fields> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

const MAX_TEXT_BYTES = 512;
export const SUITE = 'ed25519/tls-exporter';
/** DER of an Ed25519 SubjectPublicKeyInfo. */
const SPKI_BYTES = 44;

const session = {
  challengeId: 16,
  serverNonce: 32,
  clientNonce: 32,
  issuedMs: 'u64',
  expiresMs: 'u64',
  channelBindingType: 'text',
  channelBindingValue: 32,
} as const;

const machine = {
  bootId: 'text',
  machineFingerprint: 32,
  agentVersion: 'text',
  protocolVersion: 'u32',
  capabilitiesHash: 32,
} as const;

const joining = {
  suite: 'text',
  controlPlaneId: 'text',
  authority: 'text',
  tokenId: 32,
  publicKey: SPKI_BYTES,
  ...session,
  ...machine,
} as const;

/** Field order is the order of the tags, which count from 1. */
export const TRANSCRIPTS = {
  'agent-auth': {
    suite: 'text',
    controlPlaneId: 'text',
    authority: 'text',
    agentId: 'text',
    workspaceId: 'text',
    agentKeyId: 32,
    ...session,
    generation: 'u64',
    joinStateHash: 32,
    controlPlaneEpoch: 'u64',
    ...machine,
  },
  'agent-enrol': joining,
  /** A copy of a machine that becomes an agent of its own. */
  fork: joining,
  /** Signed by the old and by the next key. */
  'agent-rotate': {
    suite: 'text',
    controlPlaneId: 'text',
    authority: 'text',
    agentId: 'text',
    workspaceId: 'text',
    agentKeyId: 32,
    nextPublicKey: SPKI_BYTES,
    ...session,
    controlPlaneEpoch: 'u64',
  },
  /** What an agent says of a change set, as the bytes it sends. */
  'patch-receipt': { agentKeyId: 32, receiptHash: 32 },
  'join-state': { agentId: 'text', keyId: 32, generation: 'u64', epoch: 'u64', issuedMs: 'u64' },
} as const satisfies Record<string, Fields>;

export type TranscriptContext = keyof typeof TRANSCRIPTS;
export type Transcript<C extends TranscriptContext> = TranscriptOf<(typeof TRANSCRIPTS)[C]>;
export type AuthTranscript = Transcript<'agent-auth'>;
export type EnrolTranscript = Transcript<'agent-enrol'>;
export type JoinStateTranscript = Transcript<'join-state'>;

type Values = Readonly<Record<string, string | number | Uint8Array>>;

export function encodeTranscript<C extends TranscriptContext>(
  context: C,
  role: TranscriptRole,
  transcript: Transcript<C>,
): Buffer {
  const values: Values = { ...transcript };
  const parts: Uint8Array[] = [prefixOf(context, role)];
  Object.entries(fieldsOf(context)).forEach(([name, kind], index) => {
    const value = encodeValue(kind, values[name]);
    const head = Buffer.alloc(6);
    head.writeUInt16BE(index + 1, 0);
    head.writeUInt32BE(value.length, 2);
    parts.push(head, value);
  });
  return Buffer.concat(parts);
}

/** Reads a transcript back; throws TunnelError `bad_transcript` on any other bytes. */
export function decodeTranscript(
  context: TranscriptContext,
  role: TranscriptRole,
  bytes: Uint8Array,
): Values {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const prefix = prefixOf(context, role);
  if (!source.subarray(0, prefix.length).equals(prefix)) throw bad('Other context or role');
  const values: Record<string, string | number | Uint8Array> = {};
  let offset = prefix.length;
  Object.entries(fieldsOf(context)).forEach(([name, kind], index) => {
    if (source.length - offset < 6) throw bad(`Field ${name} is missing`);
    if (source.readUInt16BE(offset) !== index + 1) throw bad(`Field ${name} is out of order`);
    const end = offset + 6 + source.readUInt32BE(offset + 2);
    if (end > source.length) throw bad(`Field ${name} is cut off`);
    values[name] = decodeValue(kind, source.subarray(offset + 6, end));
    offset = end;
  });
  if (offset !== source.length) throw bad('Bytes behind the last field');
  return values;
}

function fieldsOf(context: TranscriptContext): Fields {
  return TRANSCRIPTS[context];
}

function prefixOf(context: TranscriptContext, role: TranscriptRole): Buffer {
  return Buffer.from(`spt-flow/${context}/v1\0${role}\0`);
}

function encodeValue(kind: Kind, value: string | number | Uint8Array | undefined): Uint8Array {
  if (typeof kind === 'number') {
    if (value instanceof Uint8Array && value.length === kind) return value;
    throw bad(`Expected ${kind} bytes`);
  }
  if (kind === 'text') return encodeText(value);
  return encodeInteger(kind, value);
}

function encodeText(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.alloc(0);
  if (bytes.length === 0 || bytes.length > MAX_TEXT_BYTES) throw bad('Text length out of range');
  return bytes;
}

function encodeInteger(kind: 'u64' | 'u32', value: unknown): Uint8Array {
  const max = kind === 'u32' ? 0xffff_ffff : Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw bad(`Expected ${kind}`);
  }
  const bytes = Buffer.alloc(kind === 'u32' ? 4 : 8);
  if (kind === 'u32') bytes.writeUInt32BE(value);
  else bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function decodeValue(kind: Kind, bytes: Buffer): string | number | Uint8Array {
  const value = readValue(kind, bytes);
  if (!bytes.equals(encodeValue(kind, value))) throw bad('Not the one encoding of its value');
  return value;
}

function readValue(kind: Kind, bytes: Buffer): string | number | Uint8Array {
  if (typeof kind === 'number') return bytes;
  if (kind === 'text') return bytes.toString();
  if (bytes.length !== (kind === 'u32' ? 4 : 8)) throw bad(`Expected ${kind}`);
  return kind === 'u32' ? bytes.readUInt32BE() : Number(bytes.readBigUInt64BE());
}

function bad(message: string): TunnelError {
  return new TunnelError('bad_transcript', message);
}
