import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  exportSigningKey,
  fromBase64url,
  generateSigningKey,
  hashCapabilities,
  hashJoinToken,
  importSigningKey,
  keyIdOf,
  signBytes,
  verifyBytes,
} from './crypto.ts';

const message = Buffer.from('message');

describe('signing keys', () => {
  it('are the same after export and import', () => {
    const key = generateSigningKey();
    const restored = importSigningKey(exportSigningKey(key));

    expect(restored.keyId).toBe(key.keyId);
    expect(verifyBytes(key.publicKeySpki, message, signBytes(restored, message))).toBe(true);
  });

  it('have a public key of 44 bytes, whose hash is the key id', () => {
    const { publicKeySpki, keyId } = generateSigningKey();

    expect(fromBase64url(publicKeySpki)).toHaveLength(44);
    expect(keyIdOf(publicKeySpki)).toBe(keyId);
    expect(keyId).toMatch(/^[\w-]{43}$/);
  });

  it('of another algorithm are refused', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

    expect(() => importSigningKey(privateKey.export({ format: 'der', type: 'pkcs8' }))).toThrow(
      'Not Ed25519',
    );
  });
});

describe('verification', () => {
  const key = generateSigningKey();
  const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .publicKey.export({ format: 'der', type: 'spki' })
    .toString('base64url');

  it.each([
    ['another key', generateSigningKey().publicKeySpki, signBytes(key, message)],
    ['a key of another algorithm', ecKey, signBytes(key, message)],
    ['a key that is none', 'AAAA', signBytes(key, message)],
    ['an empty key', '', signBytes(key, message)],
    ['a short signature', key.publicKeySpki, 'AAAA'],
    ['an empty signature', key.publicKeySpki, ''],
  ])('is false for %s', (_name, publicKey, signature) => {
    expect(verifyBytes(publicKey, message, signature)).toBe(false);
  });
});

describe('hashes', () => {
  it('tell capability lists apart that join to the same text', () => {
    const lists = [['ab', 'c'], ['a', 'bc'], ['abc'], ['c', 'ab'], []];
    const hashes = lists.map((list) => hashCapabilities(list).toString('hex'));

    expect(new Set(hashes).size).toBe(lists.length);
  });

  it('of a token is its SHA-256', () => {
    expect(hashJoinToken('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
  });
});
