import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChannelDecoder, encodeChannel, MAX_CHANNEL_BYTES } from './channel-framing.ts';
import { TunnelError } from './types.ts';

const message = fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 200 }));

describe('channel framing', () => {
  it('reads messages back however the bytes were cut', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 10 }), cuts, (messages, sizes) => {
        const body = Buffer.concat(
          messages.map(([channel, bytes]) => encodeChannel(channel, bytes)),
        );
        const decoder = createChannelDecoder();
        const received: [number, Uint8Array][] = [];

        let round = 0;
        for (let offset = 0; offset < body.length; round += 1) {
          const size = sizes[round % sizes.length] ?? 1;
          decoder.feed(body.subarray(offset, offset + size), (channel, bytes) => {
            received.push([channel, Uint8Array.from(bytes)]);
          });
          offset += size;
        }

        expect(received).toEqual(messages);
        expect(decoder.isAtBoundary()).toBe(true);
      }),
    );
  });

  it('writes the pinned bytes', () => {
    expect(encodeChannel(2, Buffer.from('hi')).toString('hex')).toBe('02000000026869');
  });

  it('delivers an empty message', () => {
    const received: number[] = [];
    createChannelDecoder().feed(encodeChannel(1, Buffer.alloc(0)), (channel, bytes) =>
      received.push(channel, bytes.length),
    );

    expect(received).toEqual([1, 0]);
  });

  it('knows that it is inside a message', () => {
    const decoder = createChannelDecoder();
    decoder.feed(encodeChannel(0, Buffer.from('abc')).subarray(0, 6), () => undefined);

    expect(decoder.isAtBoundary()).toBe(false);
  });

  it('refuses a length beyond its limit before it takes memory for it', () => {
    const header = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);

    expect(() => createChannelDecoder().feed(header, () => undefined)).toThrow(TunnelError);
    expect(() => encodeChannel(0, Buffer.alloc(MAX_CHANNEL_BYTES + 1))).toThrow(TunnelError);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (garbage) => {
        try {
          createChannelDecoder(1024).feed(garbage, () => undefined);
        } catch (error) {
          expect(error).toBeInstanceOf(TunnelError);
        }
      }),
    );
  });
});
