import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TunnelError } from './types.ts';
import { maskedFrameBytes, OPCODE, writeMaskedFrame } from './websocket-frames.ts';
import { WebSocketParser } from './websocket-parser.ts';

interface Fragment {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly payload: Uint8Array;
}

function serverFrame({ opcode, isFinal, payload }: Fragment): Buffer {
  const { length } = payload;
  const start = [(isFinal ? 0x80 : 0) | opcode];
  const size = length < 126 ? [length] : [126, Math.floor(length / 256), length % 256];
  return Buffer.concat([Buffer.from([...start, ...size]), payload]);
}

function parseChunks(bytes: Buffer, sizes: readonly number[]): [string, boolean][] {
  const received: [string, boolean][] = [];
  const parser = new WebSocketParser(100_000, {
    onMessage: (data, isBinary) => received.push([data.toString('hex'), isBinary]),
    onControl: () => undefined,
  });
  const reused = Buffer.alloc(64);
  let round = 0;
  for (let offset = 0; offset < bytes.length; round += 1) {
    const part = bytes.subarray(offset, offset + (sizes[round % sizes.length] ?? 1));
    reused.fill(0xee);
    part.copy(reused);
    parser.feed(reused.subarray(0, part.length));
    offset += part.length;
  }
  return received;
}

const payload = fc.uint8Array({ maxLength: 300 });
const message = fc.record({
  opcode: fc.constantFrom(OPCODE.text, OPCODE.binary),
  parts: fc.array(payload, { minLength: 1, maxLength: 4 }),
  hasPing: fc.boolean(),
});
const sizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 30 });

describe('WebSocket parser', () => {
  it('reads messages however frames and chunks were cut, from a reused buffer', () => {
    const ping = serverFrame({ opcode: OPCODE.ping, isFinal: true, payload: Buffer.from('hi') });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), sizes, (messages, chunkSizes) => {
        const frames = messages.flatMap(({ opcode, parts, hasPing }) =>
          parts.flatMap((part, index) => [
            serverFrame({
              opcode: index === 0 ? opcode : OPCODE.continuation,
              isFinal: index === parts.length - 1,
              payload: part,
            }),
            ...(hasPing ? [ping] : []),
          ]),
        );

        const received = parseChunks(Buffer.concat(frames), chunkSizes);

        expect(received).toEqual(
          messages.map(({ opcode, parts }) => [
            Buffer.concat(parts).toString('hex'),
            opcode === OPCODE.binary,
          ]),
        );
      }),
    );
  });

  it('answers garbage with messages or a TunnelError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), sizes, (garbage, chunkSizes) => {
        try {
          parseChunks(Buffer.from(garbage), chunkSizes);
        } catch (error) {
          expect(error).toBeInstanceOf(TunnelError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('masked frame', () => {
  it('unmasks to its parts, byte by byte', () => {
    const mask = fc.nat(0xffff_ffff);
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 4 }), mask, (parts, key) => {
        const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
        const buffer = Buffer.allocUnsafeSlow(maskedFrameBytes(byteLength));

        const { start, end } = writeMaskedFrame(buffer, {
          opcode: OPCODE.binary,
          parts,
          byteLength,
          mask: key,
        });

        const sent = buffer.subarray(start, end);
        const keyBytes = sent.subarray(-byteLength - 4 || sent.length, sent.length - byteLength);
        const unmasked = sent
          .subarray(sent.length - byteLength)
          .map((byte, index) => byte ^ (keyBytes[index % 4] ?? 0));
        expect(Buffer.from(unmasked).equals(Buffer.concat(parts))).toBe(true);
        expect(keyBytes.readUInt32BE()).toBe(key);
      }),
    );
  });

  it('has the pinned bytes of RFC 6455', () => {
    const buffer = Buffer.allocUnsafeSlow(maskedFrameBytes(5));
    const content = { opcode: OPCODE.text, parts: [Buffer.from('Hello')], byteLength: 5 };

    const { start, end } = writeMaskedFrame(buffer, { ...content, mask: 0x37fa213d });

    expect(buffer.subarray(start, end).toString('hex')).toBe('818537fa213d7f9f4d5158');
  });
});
