import { Buffer } from 'node:buffer';
import { fromBase64url, sha256, signBytes, verifyBytes, type SigningKey } from './crypto.ts';
import { encodeTranscript } from './transcript.ts';

/** What an agent says of a change set: these very bytes, so that nobody has to agree on an encoding of JSON. */
interface SignedText {
  readonly text: string;
  /** SHA-256 of the public key, base64url. */
  readonly keyId: string;
  readonly signature: string;
}

export function signReceipt(key: SigningKey, text: string): SignedText {
  const { keyId } = key;
  return { text, keyId, signature: signBytes(key, receiptBytes({ text, keyId })) };
}

/** True: the owner of this key wrote exactly this text as a receipt. */
export function isReceiptOf(publicKeySpki: string, signed: SignedText): boolean {
  return verifyBytes(publicKeySpki, receiptBytes(signed), signed.signature);
}

function receiptBytes({ text, keyId }: Pick<SignedText, 'text' | 'keyId'>): Buffer {
  return encodeTranscript('patch-receipt', 'agent', {
    agentKeyId: fromBase64url(keyId),
    receiptHash: sha256(Buffer.from(text)),
  });
}
