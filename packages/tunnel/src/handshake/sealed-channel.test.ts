import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEAL_BYTES, SealedChannel } from './sealed-channel.ts';

interface Options {
  sharedSecret?: Uint8Array;
  transcriptHash?: Uint8Array;
  messagesPerKey?: number;
}

function channel(role: 'agent' | 'server', options: Options = {}): SealedChannel {
  return new SealedChannel({
    sharedSecret: Buffer.alloc(32, 1),
    transcriptHash: Buffer.alloc(32, 2),
    role,
    ...options,
  });
}

function pair(options: Options = {}) {
  return { agent: channel('agent', options), server: channel('server', options) };
}

function seal(from: SealedChannel, text: string): Buffer {
  return Buffer.concat(from.seal([Buffer.from(text)]));
}

const refusal = expect.objectContaining({ code: 'tampered' });

describe('a sealed channel', () => {
  it('opens what the other end sealed, in order, both ways, over changes of the key', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.array(fc.uint8Array({ maxLength: 50 })))),
        (messages) => {
          const { agent, server } = pair({ messagesPerKey: 3 });
          for (const [isUp, parts] of messages) {
            const [from, to] = isUp ? [agent, server] : [server, agent];
            const sealed = Buffer.concat(from.seal(parts));
            expect(sealed.length).toBe(Buffer.concat(parts).length + SEAL_BYTES);
            expect(to.open(sealed)).toEqual(Buffer.concat(parts));
          }
        },
      ),
    );
  });

  it('never seals the same text to the same bytes', () => {
    const { agent, server } = pair({ messagesPerKey: 4 });
    const sealed = [agent, server].flatMap((from) =>
      Array.from({ length: 12 }, () => seal(from, 'same').toString('hex')),
    );

    expect(new Set(sealed).size).toBe(sealed.length);
  });

  it('opens nothing that was changed in any bit, cut or lengthened', () => {
    const sealed = seal(channel('agent'), 'text');
    const forged = Array.from({ length: sealed.length * 8 }, (_, bit) => {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return changed;
    });
    const cut = Array.from(sealed, (_, length) => sealed.subarray(0, length));
    const longer = [Buffer.concat([sealed, Buffer.alloc(1)])];

    for (const message of [...forged, ...cut, ...longer])
      expect(() => channel('server').open(message)).toThrow(refusal);
    expect(channel('server').open(sealed).toString()).toBe('text');
  });

  it.each([
    ['repeated', [0, 0]],
    ['left out', [1]],
    ['swapped', [1, 0]],
    ['repeated later', [0, 1, 0]],
  ])('opens no message that was %s, and none after it', (_name, order) => {
    const { agent, server } = pair();
    const sealed = [0, 1, 2].map((index) => seal(agent, `message ${index}`));
    const deliver = () => {
      for (const index of order) server.open(sealed[index] ?? Buffer.alloc(0));
    };

    expect(deliver).toThrow(refusal);
    expect(() => sealed.map((message) => server.open(message))).toThrow(refusal);
  });

  it('does not open its own messages', () => {
    const { agent } = pair();

    expect(() => agent.open(seal(agent, 'mirrored'))).toThrow(refusal);
  });

  it.each<[string, Options]>([
    ['secret', { sharedSecret: Buffer.alloc(32, 9) }],
    ['handshake', { transcriptHash: Buffer.alloc(32, 9) }],
  ])('does not open messages of another %s', (_name, options) => {
    expect(() => channel('server', options).open(seal(channel('agent'), 'text'))).toThrow(refusal);
  });
});
