import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** SealedBoxError is what a value says that another key sealed, or that was changed. */
export class SealedBoxError extends Error {
  override readonly name = 'SealedBoxError';
}

/** SealedBox encrypts values at rest with the installation's secret key; a value opens only under the name it was sealed for. */
export interface SealedBox {
  seal(name: string, value: Uint8Array): string;
  open(name: string, sealed: string): Buffer;
}

/** createSealedBox derives a key of its own for each purpose. */
export function createSealedBox(secretKey: string, purpose: string): SealedBox {
  const key = Buffer.from(hkdfSync('sha256', secretKey, 'spt-flow', purpose, 32));
  return {
    seal(name, value) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce);
      cipher.setAAD(Buffer.from(name));
      const sealed = Buffer.concat([cipher.update(value), cipher.final()]);
      return `${VERSION}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
    },

    open(name, sealed) {
      const [version, text = ''] = sealed.split('.');
      const bytes = Buffer.from(text, 'base64url');
      if (version !== VERSION || bytes.length < NONCE_BYTES + TAG_BYTES) throw wrongKey();
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(name));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([
          decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
          decipher.final(),
        ]);
      } catch (cause) {
        throw wrongKey(cause);
      }
    },
  };
}

function wrongKey(cause?: unknown): SealedBoxError {
  return new SealedBoxError(
    'The secret key does not fit the database: start spt-flow with the key that it was set up with (secret.key of the data directory, or SPT_FLOW_SECRET_KEY)',
    { cause },
  );
}
