import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryEnd, settle, type MemoryEnd } from '../test/support/memory-transport.ts';
import { SendQueue, type SendSource } from './send-queue.ts';

const KIB = 1024;

let end: MemoryEnd;
let queue: SendQueue;
let overflows: number;

beforeEach(() => {
  end = createMemoryEnd();
  overflows = 0;
  queue = new SendQueue(end, () => (overflows += 1));
});

/** Has so many bytes, all of one letter. */
function source(letter: string, bytes: number): SendSource & { sentTimes: number } {
  let left = bytes;
  return {
    sentTimes: 0,
    takeFrames(parts, maxBytes) {
      const taken = Math.min(left, maxBytes);
      if (taken > 0) parts.push(Buffer.alloc(taken, letter));
      left -= taken;
      return taken;
    },
    hasMore: () => left > 0,
    framesSent() {
      this.sentTimes += 1;
    },
  };
}

/** `a16 b16` of a message: which letters in which order, in KiB. */
function shares(message: Uint8Array | undefined): string {
  const runs =
    Buffer.from(message ?? [])
      .toString()
      .match(/(.)\1*/gs) ?? [];
  return runs.map((run) => `${run.charAt(0)}${run.length / KIB}`).join(' ');
}

describe('what waits to be sent', () => {
  it('of one tick is one message, control frames first', async () => {
    queue.markReady(source('a', KIB));
    queue.pushControl(Buffer.alloc(KIB, '!'));
    await settle();

    expect(end.sent.map(shares)).toEqual(['!1 a1']);
  });

  it('of one stream alone fills its messages', async () => {
    queue.markReady(source('a', 100 * KIB));
    await settle();

    expect(end.sent.map(shares)).toEqual(['a64', 'a36']);
  });

  it('of several streams goes in turn, however much one has', async () => {
    queue.markReady(source('a', 100 * KIB));
    queue.markReady(source('b', 20 * KIB));
    queue.markReady(source('c', 10 * KIB));
    await settle();

    expect(end.sent.map(shares)).toEqual(['a16 b16 c10 a16 b4 a2', 'a64', 'a2']);
  });

  it('stays where it is while the transport takes no more', async () => {
    const writer = source('a', 200 * KIB);
    end.blocked = true;
    queue.markReady(writer);
    await settle();
    queue.pushControl(Buffer.alloc(KIB, '!'));
    await settle();
    expect(end.sent.map(shares)).toEqual(['a64']);

    end.blocked = false;
    end.drain();

    expect(end.sent.map(shares)).toEqual(['a64', '!1 a63', 'a64', 'a9']);
    expect(writer.sentTimes).toBe(4);
  });

  it('of a stream that was reset is left out', async () => {
    const gone = source('a', KIB);
    queue.markReady(gone);
    queue.markReady(source('b', KIB));
    queue.remove(gone);
    await settle();

    expect(end.sent.map(shares)).toEqual(['b1']);
  });

  it('is dropped with the tunnel', async () => {
    queue.markReady(source('a', KIB));
    queue.pushControl(Buffer.alloc(KIB, '!'));
    queue.clear();
    await settle();

    expect(end.sent).toEqual([]);
  });

  it('for a peer that does not read must not grow without end', async () => {
    end.blocked = true;
    queue.markReady(source('a', KIB));
    await settle();
    for (let count = 0; count < 8; count += 1) queue.pushControl(Buffer.alloc(KIB * KIB, '!'));

    expect(overflows).toBe(1);
  });
});
