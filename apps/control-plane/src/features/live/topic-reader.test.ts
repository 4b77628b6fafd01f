import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LiveRow } from './event-log.ts';
import { createTopicReader, type TopicReader } from './topic-reader.ts';

const TOPIC = `organization:${randomUUID()}`;

let rows: LiveRow[];
let reads: string[];
let finishRead: (() => void) | undefined;
let isSlow: boolean;
let read: TopicReader;

beforeEach(() => {
  rows = [row(1), row(2)];
  reads = [];
  isSlow = false;
  read = createTopicReader({
    read: async (topic, after, limit) => {
      reads.push(`${topic} ${after}`);
      const found = rows.filter(({ cursor }) => cursor > after).slice(0, limit);
      if (isSlow) await new Promise<void>((resolve) => (finishRead = resolve));
      return found;
    },
    cursor: async () => 0,
    horizon: async () => 0,
  });
});

function row(cursor: number): LiveRow {
  const event = { type: 'message.delta', messageId: randomUUID(), text: `text ${cursor}` };
  return { cursor, at: new Date(0), event };
}

describe('a topic reader', () => {
  it('reads once for all who ask in the same tick, and gives all the same bytes', async () => {
    const [first, second] = await Promise.all([read(TOPIC, 0), read(TOPIC, 0)]);

    expect(reads).toHaveLength(1);
    expect(first.messages.map(({ cursor }) => cursor)).toEqual([1, 2]);
    expect(second.messages[0]?.frame).toBe(first.messages[0]?.frame);
  });

  it('keeps topics and positions apart', async () => {
    const other = `organization:${randomUUID()}`;
    const [, , ahead] = await Promise.all([read(TOPIC, 0), read(other, 0), read(TOPIC, 1)]);

    expect(reads).toEqual([`${TOPIC} 0`, `${other} 0`, `${TOPIC} 1`]);
    expect(ahead.messages.map(({ cursor }) => cursor)).toEqual([2]);
  });

  it('lets nobody join a read that has begun, because it may not see what is new', async () => {
    isSlow = true;
    const early = read(TOPIC, 2);
    await expect.poll(() => finishRead).toBeDefined();
    rows.push(row(3));
    isSlow = false;
    const late = await read(TOPIC, 2);
    finishRead?.();

    expect((await early).messages).toEqual([]);
    expect(late.messages.map(({ cursor }) => cursor)).toEqual([3]);
  });

  it('leaves the text out of rows that no client can know', async () => {
    rows = [{ cursor: 1, at: new Date(0), event: { type: 'of a newer version' } }, row(2)];

    const { messages } = await read(TOPIC, 0);

    expect(messages.map(({ cursor, frame }) => [cursor, frame !== undefined])).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  it('fails for all who asked, and reads anew for the next', async () => {
    let isBroken = true;
    const fragile = createTopicReader({
      read: async () => {
        if (isBroken) throw new Error('connection lost');
        return rows;
      },
      cursor: async () => 0,
      horizon: async () => 0,
    });
    const outcomes = await Promise.allSettled([fragile(TOPIC, 0), fragile(TOPIC, 0)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);

    isBroken = false;
    expect((await fragile(TOPIC, 0)).messages).toHaveLength(2);
  });
});
