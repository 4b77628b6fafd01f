import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHandshakeLine } from './handshake-line.ts';

const LIMITS = { running: 2, waiting: 4, waitMs: 4_000 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Line = ReturnType<typeof createHandshakeLine>;

function enter(line: Line, address: string, socket = new PassThrough()) {
  return line.enter(socket, address);
}

/** Takes both places that run. */
async function fill(line: Line) {
  return [await enter(line, 'x'), await enter(line, 'y')];
}

describe('handshake line', () => {
  it('lets the first ones in, and the others in the order in which they came', async () => {
    const line = createHandshakeLine(LIMITS);
    const [first, second] = await fill(line);
    const served: string[] = [];
    const third = enter(line, 'c').then((leave) => (served.push('third'), leave));
    const fourth = enter(line, 'd').then((leave) => (served.push('fourth'), leave));
    await Promise.resolve();
    expect(served).toEqual([]);

    first?.();
    await third;
    expect(served).toEqual(['third']);
    second?.();
    await fourth;
    expect(served).toEqual(['third', 'fourth']);
  });

  it('lets addresses take turns, so that one with a crowd does not hold up the others', async () => {
    const line = createHandshakeLine({ ...LIMITS, waiting: 8 });
    const leaves = await fill(line);
    const served: string[] = [];
    const come = (name: string, address: string) =>
      enter(line, address).then((leave) => {
        served.push(name);
        if (leave) leaves.push(leave);
      });
    const all = [come('a1', 'a'), come('a2', 'a'), come('a3', 'a'), come('b1', 'b')];

    for (const place of [0, 1, 2, 3, 4]) {
      leaves[place]?.();
      await vi.advanceTimersByTimeAsync(0);
    }

    await Promise.all(all);
    expect(served).toEqual(['a1', 'b1', 'a2', 'a3']);
  });

  it('turns those away for whom there is no room to wait', async () => {
    const line = createHandshakeLine(LIMITS);
    await fill(line);
    for (const address of ['a', 'b', 'c', 'd']) void enter(line, address);

    expect(await enter(line, 'e')).toBeUndefined();
  });

  it('turns those away that waited too long, whose place in line is free then', async () => {
    const line = createHandshakeLine({ ...LIMITS, waiting: 1 });
    const [first] = await fill(line);
    const late = enter(line, 'a');
    await vi.advanceTimersByTimeAsync(LIMITS.waitMs);
    expect(await late).toBeUndefined();

    const next = enter(line, 'a');
    first?.();
    expect(await next).toBeTypeOf('function');
  });

  it('gives no place to a client that went away while it waited', async () => {
    const line = createHandshakeLine(LIMITS);
    const [first] = await fill(line);
    const gone = new PassThrough();
    const left = enter(line, 'a', gone);
    const next = enter(line, 'b');
    gone.destroy();

    first?.();

    expect(await left).toBeUndefined();
    expect(await next).toBeTypeOf('function');
  });

  it('lets others pass an address that has half of the places, which is served when it has room', async () => {
    const line = createHandshakeLine(LIMITS);
    const [ofX, ofY] = await fill(line);
    const crowd = enter(line, 'x');
    const other = enter(line, 'b');

    ofY?.();
    expect(await other).toBeTypeOf('function');
    ofX?.();
    expect(await crowd).toBeTypeOf('function');
  });

  it('turns an address away that fills half of the line, and has room for others', async () => {
    const line = createHandshakeLine(LIMITS);
    const [first, second] = await fill(line);
    void enter(line, 'a');
    void enter(line, 'a');

    expect(await enter(line, 'a')).toBeUndefined();
    const other = enter(line, 'b');
    first?.();
    second?.();
    expect(await other).toBeTypeOf('function');
  });
});
