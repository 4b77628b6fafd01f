import type { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Receiver } from 'ws';
import { maskInPlace } from './mask.ts';
import { WebSocketError, WebSocketParser } from './parser.ts';

declare module 'ws' {
  /** The parser of `ws`, which its types leave out. */
  export const Receiver: new (options: { isServer: boolean }) => Writable;
}

const MAX_TEXT_BYTES = 100_000;

interface TestFrame {
  readonly start: number;
  readonly payload: Uint8Array;
  /** Longer than needed is allowed by both parsers. */
  readonly lengthBytes: 1 | 3 | 9;
  readonly isMasked: boolean;
}

function encode({ start, payload, lengthBytes, isMasked }: TestFrame): Buffer {
  const maskBit = isMasked ? 0x80 : 0;
  const length = Buffer.alloc(lengthBytes);
  if (lengthBytes === 9) length.writeBigUInt64BE(BigInt(payload.length), 1);
  if (lengthBytes === 3) length.writeUInt16BE(payload.length, 1);
  length[0] = maskBit | { 1: payload.length & 0x7f, 3: 126, 9: 127 }[lengthBytes];
  const sent = Uint8Array.from(payload);
  const key = 0x1234_5678;
  if (isMasked) maskInPlace(sent, key, 0);
  const mask = Buffer.alloc(isMasked ? 4 : 0);
  if (isMasked) mask.writeUInt32BE(key);
  return Buffer.concat([Buffer.from([start]), length, mask, sent]);
}

/** What a parser made of the bytes; of binary messages, whatever it handed on. */
interface Outcome {
  readonly texts: string[];
  readonly pings: string[];
  readonly closes: [number, string][];
  binary: string;
  error: number | undefined;
}

function emptyOutcome(): Outcome {
  return { texts: [], pings: [], closes: [], binary: '', error: undefined };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function parseHere(bytes: Buffer, isServer: boolean, sizes: readonly number[]): Outcome {
  const outcome = emptyOutcome();
  const parser = new WebSocketParser(
    { isMasked: isServer, maxTextBytes: MAX_TEXT_BYTES },
    {
      onText: (text) => outcome.texts.push(text),
      onBytes: (piece) => (outcome.binary += hex(piece)),
      onPing: (payload) => outcome.pings.push(hex(payload)),
      onClose: (code, reason) => outcome.closes.push([code, reason]),
    },
  );
  const reused = Buffer.alloc(Math.max(...sizes));
  try {
    for (let offset = 0, round = 0; offset < bytes.length; round += 1) {
      const piece = bytes.subarray(offset, offset + (sizes[round % sizes.length] ?? 1));
      reused.fill(0xee).set(piece);
      parser.feed(reused.subarray(0, piece.length));
      offset += piece.length;
    }
  } catch (error) {
    if (!(error instanceof WebSocketError)) throw error;
    outcome.error = error.closeCode;
  }
  return outcome;
}

const CLOSE_CODES: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
};

function parseThere(bytes: Buffer, isServer: boolean): Outcome {
  const outcome = emptyOutcome();
  const receiver = new Receiver({ isServer });
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) outcome.binary += hex(data);
    else outcome.texts.push(data.toString());
  });
  receiver.on('ping', (data: Buffer) => outcome.pings.push(hex(data)));
  receiver.on('conclude', (code: number, reason: Buffer) =>
    outcome.closes.push([code, reason.toString()]),
  );
  receiver._write(Buffer.from(bytes), 'binary', (error) => {
    if (error) outcome.error = CLOSE_CODES[String(Reflect.get(error, 'code'))] ?? 1002;
  });
  return outcome;
}

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 120 }),
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => Uint8Array.from(Buffer.from(text))),
  fc.constantFrom(1000, 1003, 1005, 3000, 2999, 4999, 5000).map((code) => {
    return Uint8Array.of(code >> 8, code & 0xff);
  }),
);
/** Mostly right, so that sequences get far. */
const start = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0x81, 0x82, 0x89, 0x8a, 0x01, 0x02, 0x00, 0x80) },
  { weight: 1, arbitrary: fc.constantFrom(0x88, 0x08, 0x83, 0x8b, 0xc1, 0x92, 0xa2, 0x09) },
);
const lengthBytes = fc.constantFrom<1 | 3 | 9>(1, 1, 1, 3, 9);
const cuts = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 30 });
/** Lets the last header be completed, so that both parsers have seen the same. */
const PADDING = Buffer.alloc(16);

describe.each([
  ['a client', false],
  ['a server', true],
])('WebSocket parser of %s', (_role, isServer) => {
  const frame = fc.record({
    start,
    payload,
    lengthBytes,
    isMasked: fc.constantFrom(...Array.from({ length: 20 }, () => isServer), !isServer),
  });

  function expectAgreement(bytes: Buffer, sizes: readonly number[]): void {
    const here = parseHere(bytes, isServer, sizes);
    const there = parseThere(bytes, isServer);

    const { binary, ...rest } = there;
    expect(here).toMatchObject(rest);
    // A message that never ends is handed on as far as it came.
    expect(here.binary.startsWith(binary)).toBe(true);
  }

  it('agrees with ws about any sequence of frames, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), cuts, (frames, sizes) => {
        expectAgreement(Buffer.concat([...frames.map(encode), PADDING]), sizes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('agrees with ws about garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), cuts, (garbage, sizes) => {
        expectAgreement(Buffer.concat([garbage, PADDING]), sizes);
      }),
      { numRuns: 1_000 },
    );
  });

  it('hands on a binary message of any length as it arrives', () => {
    const header = isServer ? '82ff00000100000000000000' + '0000' : '827f0000010000000000';
    const bytes = Buffer.from(`${header}0102030405`, 'hex');

    expect(parseHere(bytes, isServer, [64]).binary).toBe('0102030405');
  });

  it('refuses a text that is too long before it arrives, also in fragments', () => {
    const text = { start: 0x01, lengthBytes: 9, isMasked: isServer } as const;
    const half = encode({ ...text, payload: new Uint8Array(MAX_TEXT_BYTES / 2 + 1) });
    const rest = encode({ ...text, start: 0x80, payload: new Uint8Array(MAX_TEXT_BYTES / 2) });
    const header = rest.subarray(0, rest.length - MAX_TEXT_BYTES / 2);

    expect(parseHere(Buffer.concat([half, header]), isServer, [1_000]).error).toBe(1009);
  });
});
