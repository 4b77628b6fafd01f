import { Buffer } from 'node:buffer';
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { fromBase64url, sha256 } from './crypto.ts';
import { TunnelError } from '../types.ts';

export const KEY_EXCHANGE_BYTES = 32;
/** DER in front of the 32 bytes of an X25519 key. */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

/** KeyExchange is one end's X25519 key of one connection. */
export interface KeyExchange {
  /** The 32 bytes, base64url. */
  readonly publicKey: string;
  /** Throws TunnelError `bad_key` on anything but a key that yields a secret. */
  agree(peerPublicKey: string): Buffer;
}

export function createKeyExchange(seed: Uint8Array): KeyExchange {
  const key = Buffer.concat([PRIVATE_PREFIX, seed]);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    publicKey: spki.subarray(PUBLIC_PREFIX.length).toString('base64url'),
    agree(peerPublicKey) {
      const peer = fromBase64url(peerPublicKey);
      if (peer.length !== KEY_EXCHANGE_BYTES) throw badKey();
      try {
        const key = Buffer.concat([PUBLIC_PREFIX, peer]);
        const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
        // Points of low order yield zeros; OpenSSL and BoringSSL refuse them.
        return diffieHellman({ privateKey, publicKey });
      } catch {
        // The peer's bytes are no key: the reason is of no use to it.
        throw badKey();
      }
    },
  };
}

/** What `inner-kx` signs as the channel: both public keys. */
export function keyExchangeBinding(agentPublicKey: string, serverPublicKey: string): Buffer {
  const keys = [agentPublicKey, serverPublicKey].map(fromBase64url);
  return sha256(Buffer.concat([Buffer.from('spt-flow/inner-kx/v1\0'), ...keys]));
}

function badKey(): TunnelError {
  return new TunnelError('bad_key', 'Not an X25519 key');
}
