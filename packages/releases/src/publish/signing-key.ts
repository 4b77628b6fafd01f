import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import * as z from 'zod/mini';
import { keyIdOf } from '../document-checks.ts';

/** PublicKey is a key as metadata names it. */
export interface PublicKey {
  readonly keytype: 'ed25519';
  readonly scheme: 'ed25519';
  readonly keyval: { readonly public: string };
}

export interface SigningKey {
  readonly keyId: string;
  readonly publicKey: PublicKey;
  /** Of the exact bytes, for checksums. */
  signBytes(bytes: Buffer): Buffer;
}

export const PublicKeySchema = z.object({
  keytype: z.literal('ed25519'),
  scheme: z.literal('ed25519'),
  keyval: z.object({ public: z.string().check(z.regex(/^[0-9a-f]{64}$/)) }),
});

/** PEM of PKCS #8, as OpenSSL reads it. */
export function generateKeyPem(): string {
  return generateKeyPairSync('ed25519')
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

export function readSigningKey(pem: string): SigningKey {
  const privateKey = createPrivateKey(pem);
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('The key is not of Ed25519');
  const publicKey = describe(createPublicKey(privateKey));
  return {
    publicKey,
    keyId: keyIdOf(publicKey),
    signBytes: (bytes) => sign(null, bytes, privateKey),
  };
}

function describe(key: KeyObject): PublicKey {
  const { x = '' } = key.export({ format: 'jwk' });
  const value = Buffer.from(x, 'base64url').toString('hex');
  return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: value } };
}

/** In the form in which OpenSSL checks signatures. */
export function publicKeyPem(pem: string): string {
  return createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
}

export function signatureOf(key: SigningKey, signed: object) {
  const sig = key.signBytes(Buffer.from(canonicalize(signed))).toString('hex');
  return { keyid: key.keyId, sig };
}
