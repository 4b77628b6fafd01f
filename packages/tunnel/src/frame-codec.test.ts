import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeCredit,
  decodeJson,
  encodeCredit,
  encodeFrame,
  encodeHeader,
  encodeJson,
  FRAME,
} from './frame-codec.ts';
import { TunnelError } from './types.ts';

function hex(message: Uint8Array): string {
  return Buffer.from(message).toString('hex');
}

describe('frame codec', () => {
  it.each([
    ['OPEN', encodeFrame(1, FRAME.open, Buffer.from('{}')), '0000000101000002' + '7b7d'],
    ['HEAD', encodeFrame(1, FRAME.head, Buffer.from('{}')), '0000000102000002' + '7b7d'],
    ['DATA', encodeFrame(3, FRAME.data, Buffer.from('abc')), '0000000303000003' + '616263'],
    ['WINDOW', encodeFrame(5, FRAME.window, encodeCredit(65_536)), '0000000504000004' + '00010000'],
    ['END', encodeFrame(5, FRAME.end, Buffer.alloc(0)), '0000000505000000'],
    ['RESET', encodeFrame(5, FRAME.reset, Buffer.from('{}')), '0000000506000002' + '7b7d'],
    ['PING', encodeFrame(0, FRAME.ping, Buffer.alloc(8)), '0000000007000008' + '0'.repeat(16)],
    ['PONG', encodeFrame(0, FRAME.pong, Buffer.alloc(8)), '0000000008000008' + '0'.repeat(16)],
    ['GOAWAY', encodeFrame(0, FRAME.goAway, Buffer.from('{}')), '0000000009000002' + '7b7d'],
    ['a high id', encodeHeader(0xffff_fffe, FRAME.data, 0xffff), 'fffffffe0300ffff'],
  ])('writes %s in its pinned bytes', (_name, frame, expected) => {
    expect(hex(frame)).toBe(expected);
  });
});

describe('payloads', () => {
  it('keeps JSON and the absence of JSON apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(decodeJson(encodeJson(value, 1e6)))).toBe(text);
      }),
    );
    expect(decodeJson(encodeJson(undefined, 10))).toBeUndefined();
    expect(decodeJson(encodeJson(null, 10))).toBeNull();
  });

  it.each([
    ['text that is not JSON', Buffer.from('{')],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['a byte order mark', Buffer.from('\uFEFF{}')],
  ])('refuses %s', (_name, payload) => {
    expect(() => decodeJson(payload)).toThrow(TunnelError);
  });

  it('refuses to encode what exceeds the limit', () => {
    expect(() => encodeJson('x'.repeat(20), 10)).toThrow('exceeds 10');
  });

  it('reads credit back up to 32 bits', () => {
    expect(decodeCredit(encodeCredit(0xffff_ffff))).toBe(0xffff_ffff);
  });
});
