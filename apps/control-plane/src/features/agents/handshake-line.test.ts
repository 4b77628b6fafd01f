import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHandshakeLine } from './handshake-line.ts';

const LIMITS = { running: 2, waiting: 3, waitMs: 4_000 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function enterTimes(line: ReturnType<typeof createHandshakeLine>, count: number) {
  const leaves = [];
  for (let index = 0; index < count; index++) leaves.push(await line.enter(new PassThrough()));
  return leaves;
}

describe('handshake line', () => {
  it('lets the first ones in, and the others in the order in which they came', async () => {
    const line = createHandshakeLine(LIMITS);
    const [first, second] = await enterTimes(line, 2);
    const served: string[] = [];
    const third = line.enter(new PassThrough()).then((leave) => (served.push('third'), leave));
    const fourth = line.enter(new PassThrough()).then((leave) => (served.push('fourth'), leave));
    await Promise.resolve();
    expect(served).toEqual([]);

    first?.();
    await third;
    expect(served).toEqual(['third']);
    second?.();
    await fourth;
    expect(served).toEqual(['third', 'fourth']);
  });

  it('turns those away for whom there is no room to wait', async () => {
    const line = createHandshakeLine(LIMITS);
    await enterTimes(line, 2);
    for (let index = 0; index < 3; index++) void line.enter(new PassThrough());

    expect(await line.enter(new PassThrough())).toBeUndefined();
  });

  it('turns those away that waited too long, whose place in line is free then', async () => {
    const line = createHandshakeLine({ ...LIMITS, waiting: 1 });
    const [first] = await enterTimes(line, 2);
    const late = line.enter(new PassThrough());
    await vi.advanceTimersByTimeAsync(LIMITS.waitMs);
    expect(await late).toBeUndefined();

    const next = line.enter(new PassThrough());
    first?.();
    expect(await next).toBeTypeOf('function');
  });

  it('gives no place to a client that went away while it waited', async () => {
    const line = createHandshakeLine(LIMITS);
    const [first] = await enterTimes(line, 2);
    const gone = new PassThrough();
    const left = line.enter(gone);
    const next = line.enter(new PassThrough());
    gone.destroy();

    first?.();

    expect(await left).toBeUndefined();
    expect(await next).toBeTypeOf('function');
  });
});
