import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeCredit,
  decodeJson,
  decodeMessage,
  encodeCredit,
  encodeFrame,
  encodeHeader,
  encodeJson,
  type Frame,
  FRAME,
  MAX_DATA_BYTES,
} from './frame-codec.ts';
import { TunnelError } from './types.ts';

function decodeAll(message: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  decodeMessage(message, (frame) => frames.push(frame));
  return frames;
}

const streamId = fc.integer({ min: 1, max: 0xffff_ffff });
function bytes(minLength: number, maxLength: number) {
  return fc.uint8Array({ minLength, maxLength });
}
const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({
    streamId,
    type: fc.constantFrom(FRAME.open, FRAME.head, FRAME.data, FRAME.reset),
    payload: bytes(1, 300),
  }),
  fc.record({ streamId, type: fc.constant(FRAME.end), payload: bytes(0, 300) }),
  fc.record({ streamId, type: fc.constant(FRAME.window), payload: bytes(4, 4) }),
  fc.record({
    streamId: fc.constant(0),
    type: fc.constantFrom(FRAME.ping, FRAME.pong),
    payload: bytes(8, 8),
  }),
  fc.record({ streamId: fc.constant(0), type: fc.constant(FRAME.goAway), payload: bytes(1, 99) }),
);

function hex(message: Uint8Array): string {
  return Buffer.from(message).toString('hex');
}

describe('frame codec', () => {
  it('reads back every frame of a message, in order', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 20 }), (frames) => {
        const message = Buffer.concat(
          frames.map(({ streamId, type, payload }) => encodeFrame(streamId, type, payload)),
        );

        const decoded = decodeAll(message).map((frame) => ({
          ...frame,
          payload: Uint8Array.from(frame.payload),
        }));

        expect(decoded).toEqual(frames);
      }),
    );
  });

  it('answers garbage with frames or a TunnelError, never with anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        try {
          decodeAll(garbage);
        } catch (error) {
          expect(error).toBeInstanceOf(TunnelError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses a message cut anywhere inside a frame', () => {
    const message = encodeFrame(7, FRAME.data, Buffer.from('hello'));
    for (let length = 1; length < message.length; length += 1) {
      expect(() => decodeAll(message.subarray(0, length))).toThrow(TunnelError);
    }
  });

  it.each([
    ['an unknown type', encodeHeader(1, FRAME.goAway, 0).with(4, 77)],
    ['type zero', encodeHeader(1, FRAME.data, 0).with(4, 0)],
    ['an empty DATA', encodeFrame(1, FRAME.data, Buffer.alloc(0))],
    ['a DATA beyond the limit', encodeFrame(1, FRAME.data, Buffer.alloc(MAX_DATA_BYTES + 1))],
    ['a short WINDOW', encodeFrame(1, FRAME.window, Buffer.alloc(3))],
    ['a long PING', encodeFrame(0, FRAME.ping, Buffer.alloc(9))],
    ['a PING on a stream', encodeFrame(1, FRAME.ping, Buffer.alloc(8))],
    ['DATA on no stream', encodeFrame(0, FRAME.data, Buffer.alloc(1))],
    ['an OPEN without a head', encodeFrame(1, FRAME.open, Buffer.alloc(0))],
  ])('refuses %s', (_name, message) => {
    expect(() => decodeAll(message)).toThrow(TunnelError);
  });

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

  it('keeps payloads as views of the message', () => {
    const message = encodeFrame(1, FRAME.data, Buffer.from('abc'));

    expect(decodeAll(message)[0]?.payload.buffer).toBe(message.buffer);
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
