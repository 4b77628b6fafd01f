import { Buffer } from 'node:buffer';
import { randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { KEY_TYPE, parsePublicLine, publicBlob } from './keys.ts';
import { sshString, SshFormatError, uint32, uint64, WireReader } from './wire.ts';

export const CERTIFICATE_TYPE = 'ssh-ed25519-cert-v01@openssh.com';
const ROLES = { user: 1, host: 2 } as const;
const LINE = /^ssh-ed25519-cert-v01@openssh\.com ([A-Za-z0-9+/]+={0,2})\s*$/;

export interface CertificateRequest {
  readonly role: keyof typeof ROLES;
  /** Whose key is certified, as it stands in a file. */
  readonly publicKey: string;
  readonly serial: bigint;
  /** What logs call the owner. */
  readonly keyId: string;
  /** Accounts, or names of the host; never empty, because that would mean all of them. */
  readonly principals: readonly [string, ...string[]];
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** What a user may do beyond running commands, e.g. `permit-pty`. */
  readonly extensions?: readonly string[];
}

/** issueCertificate signs an OpenSSH certificate (PROTOCOL.certkeys) and returns it as a line of a file. */
export function issueCertificate(authority: KeyObject, request: CertificateRequest): string {
  const body = Buffer.concat([
    sshString(CERTIFICATE_TYPE),
    sshString(randomBytes(32)),
    sshString(parsePublicLine(request.publicKey)),
    uint64(request.serial),
    uint32(ROLES[request.role]),
    sshString(request.keyId),
    sshString(Buffer.concat(request.principals.map(sshString))),
    uint64(secondsOf(request.validFrom)),
    uint64(secondsOf(request.validUntil)),
    sshString(''),
    sshString(flags(request.extensions ?? [])),
    sshString(''),
    sshString(publicBlob(authority)),
  ]);
  const certificate = Buffer.concat([body, sshString(signature(authority, body))]);
  return `${CERTIFICATE_TYPE} ${certificate.toString('base64')}`;
}

/** certificateBlob is the certificate of a line, as SSH sends it. */
export function certificateBlob(line: string): Buffer {
  const blob = LINE.exec(line)?.[1];
  if (blob === undefined) throw new SshFormatError('Not an Ed25519 certificate');
  return Buffer.from(blob, 'base64');
}

/** Certificate is what one says; whether its signature is right is for who relies on it to see. */
export interface Certificate {
  readonly role: keyof typeof ROLES | undefined;
  /** The raw 32 bytes of the key that is certified. */
  readonly publicKey: Buffer;
  readonly serial: bigint;
  readonly keyId: string;
  readonly principals: readonly string[];
  readonly validUntil: Date;
  /** Who signed it, as it stands in files; of any kind. */
  readonly authority: string;
}

/** readCertificate reads what `issueCertificate` and other authorities write; SshFormatError for whatever else. */
export function readCertificate(line: string): Certificate {
  const reader = new WireReader(certificateBlob(line));
  if (reader.string().toString('latin1') !== CERTIFICATE_TYPE)
    throw new SshFormatError('Not an Ed25519 certificate');
  reader.string();
  const [publicKey, serial, role] = [reader.string(), reader.uint64(), reader.uint32()];
  const [keyId, principals] = [reader.string().toString('utf8'), stringsOf(reader.string())];
  reader.uint64();
  const validUntil = dateOf(reader.uint64());
  for (const _ignored of ['critical options', 'extensions', 'reserved']) reader.string();
  const authority = reader.string();
  return {
    ...{ publicKey, serial, keyId, principals, validUntil },
    role: role === ROLES.user ? 'user' : role === ROLES.host ? 'host' : undefined,
    authority: `${new WireReader(authority).string().toString('latin1')} ${authority.toString('base64')}`,
  };
}

function stringsOf(bytes: Buffer): string[] {
  const reader = new WireReader(bytes);
  const found: string[] = [];
  while (!reader.isAtEnd) found.push(reader.string().toString('utf8'));
  return found;
}

/** What has no end is longer than a Date can say. */
function dateOf(seconds: bigint): Date {
  const LAST_SECOND = 8_640_000_000_000n;
  return new Date(Number(seconds < LAST_SECOND ? seconds : LAST_SECOND) * 1_000);
}

/** signature signs as SSH does: the name of the algorithm, then the signature. */
export function signature(key: KeyObject, bytes: Uint8Array): Buffer {
  return Buffer.concat([sshString(KEY_TYPE), sshString(sign(null, bytes, key))]);
}

/** Their order is part of the format. */
function flags(names: readonly string[]): Buffer {
  return Buffer.concat(names.toSorted().flatMap((name) => [sshString(name), sshString('')]));
}

function secondsOf(date: Date): bigint {
  return BigInt(Math.floor(date.getTime() / 1_000));
}
