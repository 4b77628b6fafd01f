import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { TunnelError } from '../types.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
/** What sealing adds to a message. */
export const SEAL_BYTES = 16;
/** Far below what AES-GCM stands with one key; the key before is gone then. */
const MESSAGES_PER_KEY = 2 ** 20;

export interface SealedChannelOptions {
  readonly sharedSecret: Uint8Array;
  /** Hash of what both ends signed: other handshakes come to other keys. */
  readonly transcriptHash: Uint8Array;
  readonly role: 'agent' | 'server';
  readonly messagesPerKey?: number;
}

/**
 * SealedChannel encrypts what one end sends and opens what the other sent.
 *
 * INVARIANT: message n opens only as the n-th, once, unchanged; after the first that does not, none opens.
 */
export class SealedChannel {
  readonly #sending: KeyChain;
  readonly #receiving: KeyChain;
  #isBroken = false;

  constructor(options: SealedChannelOptions) {
    const peer = options.role === 'agent' ? 'server' : 'agent';
    this.#sending = new KeyChain(options, options.role);
    this.#receiving = new KeyChain(options, peer);
  }

  seal(parts: readonly Uint8Array[]): Uint8Array[] {
    const { key, nonce } = this.#sending.next();
    const cipher = createCipheriv(CIPHER, key, nonce);
    const sealed: Uint8Array[] = parts.map((part) => cipher.update(part));
    cipher.final();
    sealed.push(cipher.getAuthTag());
    return sealed;
  }

  /** Throws TunnelError `tampered`. */
  open(message: Uint8Array): Buffer {
    const textBytes = message.length - SEAL_BYTES;
    if (this.#isBroken || textBytes < 0) throw this.#broken();
    const { key, nonce } = this.#receiving.next();
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: SEAL_BYTES });
    decipher.setAuthTag(message.subarray(textBytes));
    const opened = decipher.update(message.subarray(0, textBytes));
    try {
      decipher.final();
    } catch {
      // The one error it knows: the tag does not fit.
      throw this.#broken();
    }
    return opened;
  }

  #broken(): TunnelError {
    this.#isBroken = true;
    return new TunnelError('tampered', 'A message was changed, repeated or left out on the way');
  }
}

/** One direction's keys: each message has a nonce of its own, and keys give way to the next of the chain. */
class KeyChain {
  readonly #messagesPerKey: number;
  #key: Buffer;
  #nonce: Buffer;
  #count = 0;

  constructor(options: SealedChannelOptions, sender: 'agent' | 'server') {
    const { sharedSecret, transcriptHash, messagesPerKey = MESSAGES_PER_KEY } = options;
    this.#messagesPerKey = messagesPerKey;
    [this.#key, this.#nonce] = derive(sharedSecret, transcriptHash, sender);
  }

  next(): { key: Buffer; nonce: Buffer } {
    if (this.#count === this.#messagesPerKey) {
      [this.#key, this.#nonce] = derive(this.#key, this.#nonce, 'next');
      this.#count = 0;
    }
    const nonce = Buffer.from(this.#nonce);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#count) >>> 0, 8);
    this.#count += 1;
    return { key: this.#key, nonce };
  }
}

function derive(secret: Uint8Array, salt: Uint8Array, purpose: string): [Buffer, Buffer] {
  const info = `spt-flow/inner-kx/v1 ${purpose}`;
  const bytes = Buffer.from(hkdfSync('sha256', secret, salt, info, KEY_BYTES + NONCE_BYTES));
  return [bytes.subarray(0, KEY_BYTES), bytes.subarray(KEY_BYTES)];
}
