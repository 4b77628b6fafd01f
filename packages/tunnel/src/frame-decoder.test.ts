import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  encodeHeader,
  type Frame,
  FRAME,
  MAX_DATA_BYTES,
  MAX_TRAILERS_BYTES,
} from './frame-codec.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { TunnelError } from './types.ts';

/** Feeds the bytes in pieces of these sizes, in one buffer that is reused as a socket's is. */
function decode(bytes: Uint8Array, sizes: readonly number[] = [bytes.length || 1]): Frame[] {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder(({ payload, ...frame }) =>
    frames.push({ ...frame, payload: Uint8Array.from(payload) }),
  );
  const reused = new Uint8Array(Math.max(...sizes));
  for (let offset = 0, round = 0; offset < bytes.length; round += 1) {
    const piece = bytes.subarray(offset, offset + (sizes[round % sizes.length] ?? 1));
    reused.fill(0xee).set(piece);
    decoder.feed(reused.subarray(0, piece.length));
    offset += piece.length;
  }
  return joinData(frames);
}

/** DATA may arrive in any number of pieces. */
function joinData(frames: readonly Frame[]): Frame[] {
  const joined: Frame[] = [];
  for (const frame of frames) {
    const last = joined.at(-1);
    const continues = last?.type === FRAME.data && last.streamId === frame.streamId;
    if (!continues || frame.type !== FRAME.data) joined.push(frame);
    else
      joined.splice(-1, 1, { ...last, payload: Uint8Array.of(...last.payload, ...frame.payload) });
  }
  return joined;
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
const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 });

describe('frame decoder', () => {
  it('reads back every frame in order, wherever the bytes were cut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 20 }), sizes, (frames, cuts) => {
        const sent = Buffer.concat(
          frames.map(({ streamId: id, type, payload }) => encodeFrame(id, type, payload)),
        );

        expect(decode(sent, cuts)).toEqual(joinData(frames));
      }),
    );
  });

  it('answers garbage with frames or a TunnelError, never with anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), sizes, (garbage, cuts) => {
        try {
          decode(garbage, cuts);
        } catch (error) {
          expect(error).toBeInstanceOf(TunnelError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['an unknown type', encodeHeader(1, FRAME.goAway, 0).with(4, 77)],
    ['type zero', encodeHeader(1, FRAME.data, 0).with(4, 0)],
    ['an empty DATA', encodeHeader(1, FRAME.data, 0)],
    ['a DATA beyond the limit', encodeHeader(1, FRAME.data, MAX_DATA_BYTES + 1)],
    ['an END beyond the limit', encodeHeader(1, FRAME.end, MAX_TRAILERS_BYTES + 1)],
    ['a short WINDOW', encodeHeader(1, FRAME.window, 3)],
    ['a long PING', encodeHeader(0, FRAME.ping, 9)],
    ['a PING on a stream', encodeHeader(1, FRAME.ping, 8)],
    ['DATA on no stream', encodeHeader(0, FRAME.data, 1)],
    ['an OPEN without a head', encodeHeader(1, FRAME.open, 0)],
  ])('refuses %s as soon as its header is there', (_name, header) => {
    expect(() => decode(header)).toThrow(TunnelError);
  });

  it('hands on what has arrived of a DATA frame', () => {
    const frame = encodeFrame(1, FRAME.data, Buffer.from('abcdef'));

    expect(decode(frame.subarray(0, -3))).toEqual([
      { streamId: 1, type: FRAME.data, payload: Uint8Array.from(Buffer.from('abc')) },
    ]);
  });

  it('copies no payload that arrives whole', () => {
    const frame = encodeFrame(1, FRAME.head, Buffer.from('{}'));
    const payloads: Uint8Array[] = [];
    new FrameDecoder(({ payload }) => payloads.push(payload)).feed(frame);

    expect(payloads[0]?.buffer).toBe(frame.buffer);
  });
});
