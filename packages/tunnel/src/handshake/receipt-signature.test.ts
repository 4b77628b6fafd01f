import { describe, expect, it } from 'vitest';
import { generateSigningKey, signBytes } from './crypto.ts';
import { isReceiptOf, signReceipt } from './receipt-signature.ts';

const key = generateSigningKey();
const signed = signReceipt(key, '{"outcome":"committed"}');

describe('a receipt', () => {
  it("is its agent's when the agent signed exactly this text", () => {
    expect(isReceiptOf(key.publicKeySpki, signed)).toBe(true);
  });

  it.each([
    ['another text', { text: '{"outcome":"rolled_back"}' }],
    ['the same JSON in other bytes', { text: '{"outcome": "committed"}' }],
    ['another name of the key', { keyId: generateSigningKey().keyId }],
    ['no signature', { signature: '' }],
    ['a signature over the text alone', { signature: signBytes(key, Buffer.from(signed.text)) }],
  ])("is nobody's with %s", (_name, change) => {
    expect(isReceiptOf(key.publicKeySpki, { ...signed, ...change })).toBe(false);
  });

  it("of another key is not this one's", () => {
    const { publicKeySpki } = generateSigningKey();

    expect(isReceiptOf(publicKeySpki, signed)).toBe(false);
    expect(isReceiptOf(publicKeySpki, signReceipt(generateSigningKey(), signed.text))).toBe(false);
    expect(isReceiptOf('not a key', signed)).toBe(false);
  });
});
