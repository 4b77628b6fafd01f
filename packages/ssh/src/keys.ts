import { Buffer } from 'node:buffer';
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { sshString, SshFormatError, uint32, WireReader } from './wire.ts';

/** All keys of ours are of this one kind. */
export const KEY_TYPE = 'ssh-ed25519';
const KEY_BYTES = 32;
const FILE_MAGIC = 'openssh-key-v1\0';
const FILE_BLOCK_BYTES = 8;
const LINE = /^ssh-ed25519 ([A-Za-z0-9+/]+={0,2})(?: |$)/;

/** generateKey makes an Ed25519 private key; its public one is derived where it is needed. */
export function generateKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

/** publicBlob is the public key of a private or public key as SSH sends it. */
export function publicBlob(key: KeyObject): Buffer {
  return Buffer.concat([sshString(KEY_TYPE), sshString(rawPublic(key))]);
}

/** publicLine is a public key as it stands in files, without a comment. */
export function publicLine(key: KeyObject): string {
  return `${KEY_TYPE} ${publicBlob(key).toString('base64')}`;
}

/** parsePublicLine returns the raw 32 bytes of an Ed25519 public key; SshFormatError for whatever else. */
export function parsePublicLine(line: string): Buffer {
  const blob = LINE.exec(line)?.[1];
  if (blob === undefined) throw new SshFormatError('Not an Ed25519 public key');
  const reader = new WireReader(Buffer.from(blob, 'base64'));
  const type = reader.string().toString('latin1');
  const raw = reader.string();
  if (type !== KEY_TYPE || raw.length !== KEY_BYTES || !reader.isAtEnd)
    throw new SshFormatError('Not an Ed25519 public key');
  return raw;
}

/** exportKey is a private key as bytes to be stored: a secret. */
export function exportKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'pkcs8' });
}

/** importKey reads what `exportKey` gave. */
export function importKey(pkcs8Der: Buffer): KeyObject {
  return createPrivateKey({ key: pkcs8Der, format: 'der', type: 'pkcs8' });
}

/** privateKeyFile is a private key in the one form that every OpenSSH reads, without a passphrase: a secret. */
export function privateKeyFile(key: KeyObject): string {
  const check = randomBytes(4);
  const secret = Buffer.concat([Buffer.from(rawPart(key, 'd'), 'base64url'), rawPublic(key)]);
  const entry = [check, check, publicBlob(key), sshString(secret), sshString('')];
  const bytes = Buffer.concat([
    Buffer.from(FILE_MAGIC),
    ...['none', 'none', ''].map(sshString),
    uint32(1),
    sshString(publicBlob(key)),
    sshString(padded(Buffer.concat(entry))),
  ]);
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** Filled up to whole blocks with 1, 2, 3, … */
function padded(bytes: Buffer): Buffer {
  const missing = (FILE_BLOCK_BYTES - (bytes.length % FILE_BLOCK_BYTES)) % FILE_BLOCK_BYTES;
  return Buffer.concat([bytes, Buffer.from(Array.from({ length: missing }, (_, i) => i + 1))]);
}

function rawPublic(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return Buffer.from(rawPart(publicKey, 'x'), 'base64url');
}

function rawPart(key: KeyObject, part: 'd' | 'x'): string {
  const value = key.export({ format: 'jwk' })[part];
  if (typeof value !== 'string') throw new SshFormatError('Not an Ed25519 key');
  return value;
}
