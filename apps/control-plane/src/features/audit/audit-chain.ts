import { createHash, hkdfSync } from 'node:crypto';
import { headText, type AuditHead, type HeadKind } from '@spt-flow/shared/domain/audit-chain';
import { importSigningKey, signBytes, verifyBytes } from '@spt-flow/tunnel/handshake/crypto';

/** What stands before the 32 bytes of a key in the DER of an Ed25519 key (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** HeadSigner signs where chains begin and end, by a key that the database does not have and all replicas do. */
export interface HeadSigner {
  readonly publicKey: string;
  sign(head: Omit<AuditHead, 'signature'>, kind: HeadKind): AuditHead;
  isSigned(head: AuditHead, kind: HeadKind): boolean;
}

export function createHeadSigner(secretKey: string): HeadSigner {
  const seed = Buffer.from(hkdfSync('sha256', secretKey, 'spt-flow', 'audit-heads/v1', 32));
  const key = importSigningKey(Buffer.concat([PKCS8_HEAD, seed]));
  const publicKey = key.publicKeySpki;
  return {
    publicKey,
    sign: (head, kind) => ({
      ...head,
      signature: signBytes(key, Buffer.from(headText(head, kind))),
    }),
    isSigned: ({ signature, ...head }, kind) =>
      verifyBytes(publicKey, Buffer.from(headText(head, kind)), signature),
  };
}

export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
