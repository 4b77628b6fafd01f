import { setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGate, type Gate, type GateGuest } from './gate.ts';

const never = new AbortController().signal;
setMaxListeners(100, never);

function guest(ownerId = 'ada', change: Partial<GateGuest> = {}): GateGuest {
  return { ownerId, isBackground: () => false, onPosition: () => undefined, ...change };
}

/** Fills the gate, lets all of them wait in turn, and returns the order in which they came through. */
async function orderOf(guests: readonly GateGuest[]): Promise<GateGuest[]> {
  const gate = createGate(1);
  const leave = await gate.enter(guest('first'), never);
  const order: GateGuest[] = [];
  const through = guests.map(async (each) => {
    const done = await gate.enter(each, never);
    order.push(each);
    done();
  });
  leave();
  await Promise.all(through);
  return order;
}

describe('createGate', () => {
  it('lets only the limited number through, in order', async () => {
    const gate = createGate(2);
    const order: number[] = [];
    const leaves = [await gate.enter(guest(), never), await gate.enter(guest(), never)];
    const later = [3, 4].map((name) =>
      gate.enter(guest(), never).then((leave) => (order.push(name), leave)),
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
    const leave = await gate.enter(guest(), never);
    leave();
    leave();
    leave();
    await gate.enter(guest(), never);

    await expectFull(gate);
  });

  it('lets nobody slip in before one that waits', async () => {
    const gate = createGate(1);
    const leave = await gate.enter(guest(), never);
    const first = gate.enter(guest(), never);
    leave();
    const second = expectFull(gate);

    await first;

    await second;
  });

  it('forgets those that gave up waiting', async () => {
    const gate = createGate(1);
    const leave = await gate.enter(guest(), never);
    await expectFull(gate);

    leave();

    await expect(gate.enter(guest(), never)).resolves.toBeTypeOf('function');
  });

  it('lets owners take turns, and people go before what restarts by itself', async () => {
    const background = { isBackground: () => true };
    const [a1, a2, a3] = [guest('a'), guest('a'), guest('a')];
    const [b1, b2, c1] = [guest('b'), guest('b'), guest('c', background)];

    expect(await orderOf([c1, a1, a2, a3, b1, b2])).toEqual([a1, b1, a2, b2, a3, c1]);
  });

  it('moves one up when a person comes to wait for it', async () => {
    let isBackground = true;
    const awaited = guest('c', { isBackground: () => isBackground });
    const others = Array.from({ length: 3 }, () => guest('a', { isBackground: () => true }));

    const order = orderOf([...others, awaited]);
    isBackground = false;

    expect((await order)[0]).toBe(awaited);
  });

  it('tells each its position whenever it changed', async () => {
    const gate = createGate(1);
    const leave = await gate.enter(guest(), never);
    const told: Record<string, number[]> = { second: [], third: [] };
    const abort = new AbortController();
    const gaveUp = gate.enter(guest(), abort.signal).catch(() => undefined);
    const second = gate.enter(
      guest('ada', { onPosition: (at) => told['second']?.push(at) }),
      never,
    );
    const third = gate.enter(guest('ada', { onPosition: (at) => told['third']?.push(at) }), never);
    abort.abort();
    await gaveUp;
    leave();
    (await second)();
    await third;

    expect(told).toEqual({ second: [2, 1], third: [3, 2, 1] });
  });

  it('starves nobody: a newcomer waits for one start of each other owner at most', async () => {
    const crowds = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(crowds, async (owners) => {
        const newcomer = guest('newcomer');
        const order = await orderOf([...owners.map((owner) => guest(owner)), newcomer]);

        expect(order).toHaveLength(owners.length + 1);
        expect(order.indexOf(newcomer)).toBeLessThanOrEqual(new Set(owners).size);
      }),
      { numRuns: 30 },
    );
  });
});

async function expectFull(gate: Gate): Promise<void> {
  const abort = new AbortController();
  const waiting = gate.enter(guest(), abort.signal);
  abort.abort(new Error('still full'));
  await expect(waiting).rejects.toThrow('still full');
}
