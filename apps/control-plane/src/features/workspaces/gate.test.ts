import { describe, expect, it } from 'vitest';
import { createGate } from './gate.ts';

const never = new AbortController().signal;

describe('createGate', () => {
  it('lets only the limited number through, in order', async () => {
    const gate = createGate(2);
    const order: number[] = [];
    const leaves = [await gate.enter(never), await gate.enter(never)];
    const later = [3, 4].map((name) =>
      gate.enter(never).then((leave) => (order.push(name), leave)),
    );
    await Promise.resolve();
    expect(order).toEqual([]);

    leaves[0]?.();
    await later[0];
    expect(order).toEqual([3]);

    leaves[1]?.();
    await later[1];
    expect(order).toEqual([3, 4]);
  });

  it('gives a place back once, however often it is left', async () => {
    const gate = createGate(1);
    const leave = await gate.enter(never);
    leave();
    leave();
    await gate.enter(never);

    const abort = new AbortController();
    const waiting = gate.enter(abort.signal);
    abort.abort(new Error('still full'));
    await expect(waiting).rejects.toThrow('still full');
  });

  it('lets nobody slip in before one that waits', async () => {
    const gate = createGate(1);
    const leave = await gate.enter(never);
    const first = gate.enter(never);
    leave();
    const abort = new AbortController();
    const second = gate.enter(abort.signal);

    await first;

    abort.abort(new Error('full'));
    await expect(second).rejects.toThrow('full');
  });

  it('forgets those that gave up waiting', async () => {
    const gate = createGate(1);
    const leave = await gate.enter(never);
    const abort = new AbortController();
    const gaveUp = gate.enter(abort.signal);
    abort.abort(new Error('gave up'));
    await expect(gaveUp).rejects.toThrow('gave up');

    leave();

    await expect(gate.enter(never)).resolves.toBeTypeOf('function');
  });
});
