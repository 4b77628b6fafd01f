import { Buffer } from 'node:buffer';
import { randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { KEY_TYPE, parsePublicLine, publicBlob } from './keys.ts';
import { sshString, SshFormatError, uint32, uint64 } from './wire.ts';

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
