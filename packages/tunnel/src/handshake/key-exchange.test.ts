import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyExchange, keyExchangeBinding } from './key-exchange.ts';

describe('a key exchange', () => {
  it('computes the example of RFC 7748, section 6.1', () => {
    const seed = '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a';
    const peer = 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f';
    const exchange = createKeyExchange(Buffer.from(seed, 'hex'));

    expect(Buffer.from(exchange.publicKey, 'base64url').toString('hex')).toBe(
      '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    );
    expect(exchange.agree(Buffer.from(peer, 'hex').toString('base64url')).toString('hex')).toBe(
      '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
    );
  });

  it('comes to the same secret on both ends, and to another with each key', () => {
    const [left, right, other] = [1, 2, 3].map((fill) => createKeyExchange(Buffer.alloc(32, fill)));
    if (!left || !right || !other) throw new Error('no keys');

    expect(left.agree(right.publicKey)).toEqual(right.agree(left.publicKey));
    expect(left.agree(right.publicKey)).not.toEqual(left.agree(other.publicKey));
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a short key', Buffer.alloc(31, 1)],
    ['a long key', Buffer.alloc(33, 1)],
    ['zero', Buffer.alloc(32)],
    ['one', Buffer.from(`01${'00'.repeat(31)}`, 'hex')],
    [
      'a point of order eight',
      Buffer.from('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', 'hex'),
    ],
  ])('refuses %s', (_name, key) => {
    const exchange = createKeyExchange(randomBytes(32));

    expect(() => exchange.agree(key.toString('base64url'))).toThrow('Not an X25519 key');
  });

  it('binds both keys, each in its place', () => {
    const [left, right] = [1, 2].map((fill) => Buffer.alloc(32, fill).toString('base64url'));
    if (!left || !right) throw new Error('no keys');

    const values = [
      keyExchangeBinding(left, right),
      keyExchangeBinding(right, left),
      keyExchangeBinding(left, left),
    ];
    expect(new Set(values.map((value) => value.toString('hex'))).size).toBe(3);
    expect(values[0]).toHaveLength(32);
  });
});
