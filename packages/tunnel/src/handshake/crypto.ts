import { Buffer } from 'node:buffer';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { TunnelError } from '../types.ts';

/** An Ed25519 key pair; `keyId` is the SHA-256 of the public key's DER. Texts are base64url. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKeySpki: string;
  readonly keyId: string;
}

export function generateSigningKey(): SigningKey {
  return signingKeyOf(generateKeyPairSync('ed25519').privateKey);
}

/** Reads what `exportSigningKey` gave. */
export function importSigningKey(pkcs8Der: Uint8Array): SigningKey {
  const key = Buffer.from(pkcs8Der.buffer, pkcs8Der.byteOffset, pkcs8Der.byteLength);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new TunnelError('bad_key', 'Not Ed25519');
  return signingKeyOf(privateKey);
}

/** PKCS #8 DER: a secret. */
export function exportSigningKey({ privateKey }: SigningKey): Buffer {
  return privateKey.export({ format: 'der', type: 'pkcs8' });
}

export function keyIdOf(publicKeySpki: string): string {
  return sha256(fromBase64url(publicKeySpki)).toString('base64url');
}

/** What is stored instead of a join token, and what names it on the wire. */
export function hashJoinToken(token: string): string {
  return sha256(Buffer.from(token)).toString('base64url');
}

export function signBytes({ privateKey }: SigningKey, bytes: Uint8Array): string {
  return sign(null, bytes, privateKey).toString('base64url');
}

/** False for a wrong signature and for a key that is none. */
export function verifyBytes(publicKeySpki: string, bytes: Uint8Array, signature: string): boolean {
  const key = parsePublicKey(publicKeySpki);
  return key !== undefined && verify(null, bytes, key, fromBase64url(signature));
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Order counts: both ends hash the list as the agent sent it. */
export function hashCapabilities(capabilities: readonly string[]): Buffer {
  const hash = createHash('sha256');
  for (const capability of capabilities) {
    const bytes = Buffer.from(capability);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest();
}

export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

export function fromBase64url(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const publicKeySpki = der.toString('base64url');
  return { privateKey, publicKeySpki, keyId: keyIdOf(publicKeySpki) };
}

function parsePublicKey(publicKeySpki: string): KeyObject | undefined {
  try {
    const key = fromBase64url(publicKeySpki);
    const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
    return publicKey.asymmetricKeyType === 'ed25519' ? publicKey : undefined;
  } catch {
    // Bytes from a peer that are no key verify nothing.
    return undefined;
  }
}
