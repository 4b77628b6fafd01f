import { describe, expect, it } from 'vitest';
import { watchHealth } from './health-watch.ts';
import type { ProcessorTime } from '../system/proc.ts';
import type { Answer } from './probe.ts';

const WINDOW_MS = 10_000;
const PATIENCE_MS = 4_000;

/** What the app does with a request that comes at a time: how long it takes, and with which status. */
type App = (sentMs: number) => { afterMs: number; status: number | null };

interface Options {
  /** How much of its time the app has run and has waited for a processor. */
  readonly times?: (nowMs: number) => ProcessorTime;
  /** The agent stands still until the second time once the first has come. */
  readonly heldUp?: { readonly fromMs: number; readonly untilMs: number };
}

/** Runs a watch in a time of its own, in which everything is simulated but the watch. */
async function follow(app: App, { times, heldUp }: Options = {}) {
  let now = 0;
  let inFlight = 0;
  let mostInFlight = 0;
  const timers: { at: number; run: () => void }[] = [];
  const wait = (ms: number) =>
    new Promise<void>((resolve) => timers.push({ at: now + ms, run: resolve }));

  async function ask(timeoutMs: number): Promise<Answer> {
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    const { afterMs, status } = app(now);
    await wait(Math.min(afterMs, timeoutMs));
    inFlight -= 1;
    const isLate = afterMs >= timeoutMs || status === null;
    const error = isLate ? 'no answer' : status < 500 ? null : `status ${status}`;
    return { status: isLate ? null : status, durationMs: afterMs, error };
  }

  const watching = watchHealth({
    sleep: wait,
    nowMs: () => now,
    ask,
    processorTimes: () => new Map(times ? [[1, times(now)]] : []),
    patienceMs: PATIENCE_MS,
    windowMs: WINDOW_MS,
    signal: new AbortController().signal,
  });
  const over = new AbortController();
  void watching.then(() => over.abort());
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  for (await settle(); !over.signal.aborted; await settle()) {
    const next = timers.sort((left, right) => left.at - right.at).shift();
    if (!next) throw new Error('The watch waits for nothing');
    now = Math.max(now, next.at);
    if (heldUp && now >= heldUp.fromMs && now < heldUp.untilMs) now = heldUp.untilMs;
    next.run();
  }
  return { verdict: await watching, endedMs: now, mostInFlight };
}

function answersIn(afterMs: number): App {
  return () => ({ afterMs, status: 200 });
}

function hangsFrom(startMs: number): App {
  return (sentMs) => ({ afterMs: sentMs >= startMs ? Infinity : 5, status: 200 });
}

describe('watchHealth', () => {
  it.each([
    ['answers at once', 5],
    ['is slow', 1_500],
    ['is as slow as the patience allows', PATIENCE_MS - 10],
  ])('lets an app that %s be, for the length of the window', async (_name, afterMs) => {
    const { verdict, endedMs } = await follow(answersIn(afterMs));

    expect(verdict).toBeUndefined();
    expect(endedMs).toBeGreaterThanOrEqual(WINDOW_MS);
    expect(endedMs).toBeLessThanOrEqual(WINDOW_MS + 2 * PATIENCE_MS);
  });

  it.each([0, 2_200, 7_900])('finds an app that hangs after %i ms', async (startMs) => {
    const { verdict, endedMs } = await follow(hangsFrom(startMs));

    expect(verdict).toMatchObject({ answer: { status: null, error: 'no answer' } });
    expect(Math.abs((verdict?.afterMs ?? 0) - startMs)).toBeLessThan(1_000);
    expect(endedMs - startMs).toBeLessThan(PATIENCE_MS + 2_000);
  });

  it('finds an app that answers with errors from some time on', async () => {
    const { verdict } = await follow((sentMs) => ({
      afterMs: 5,
      status: sentMs < 3_000 ? 200 : 500,
    }));

    expect(verdict).toMatchObject({ answer: { status: 500 } });
  });

  it('lets an app be that answers nothing for a while, as when it loads itself anew', async () => {
    const { verdict } = await follow((sentMs) => ({
      afterMs: 1,
      status: sentMs > 2_000 && sentMs < 5_500 ? null : 200,
    }));

    expect(verdict).toBeUndefined();
  });

  it('lets an app be that answers with an error now and then', async () => {
    let count = 0;

    const { verdict } = await follow(() => ({ afterMs: 5, status: (count += 1) % 4 ? 500 : 200 }));

    expect(verdict).toBeUndefined();
  });

  it('never has more than three requests under way, however slow the app is', async () => {
    expect((await follow(hangsFrom(0))).mostInFlight).toBe(3);
    expect((await follow(answersIn(3_500))).mostInFlight).toBe(3);
  });

  it('counts what was sent before the last good answer for nothing', async () => {
    // The first two hang for ever, and everything later is answered.
    const { verdict } = await follow((sentMs) => ({
      afterMs: sentMs < 900 ? Infinity : 5,
      status: 200,
    }));

    expect(verdict).toBeUndefined();
  });

  it.each([
    ['waits for a processor nearly all the time', 0.02, 0.98, undefined],
    ['waits for nothing', 0, 0, 'no answer'],
    ['runs in circles on a busy machine', 0.3, 0.7, 'no answer'],
    ['runs in circles alone', 1, 0, 'no answer'],
  ])('of an app that %s says so', async (_name, ran, waited, error) => {
    const times = (nowMs: number) => ({ ranMs: ran * nowMs, waitedMs: waited * nowMs });

    const { verdict, endedMs } = await follow(hangsFrom(0), { times });

    expect(verdict?.answer.error).toBe(error);
    // It looks on for longer than the window while it cannot tell, but not for ever.
    expect(endedMs).toBeLessThan(120_000);
  });

  it('finds the hang once the machine is free again', async () => {
    const times = (nowMs: number) => ({ ranMs: 0, waitedMs: Math.min(nowMs, 20_000) });

    const { verdict, endedMs } = await follow(hangsFrom(0), { times });

    expect(verdict).toBeDefined();
    expect(endedMs).toBeGreaterThan(20_000);
  });

  it('does not blame the app when the agent itself stood still', async () => {
    // Requests of before the pause time out in the very moment in which it ends.
    const { verdict } = await follow(
      (sentMs) => ({ afterMs: sentMs < 1_000 ? 6_000 : 5, status: 200 }),
      {
        heldUp: { fromMs: 1_000, untilMs: 9_000 },
      },
    );

    expect(verdict).toBeUndefined();
  });

  it('ends at once when its signal does', async () => {
    const closing = new AbortController();
    const watching = watchHealth({
      sleep: (_ms, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('x')))),
      nowMs: () => 0,
      ask: () => new Promise(() => undefined),
      processorTimes: () => new Map(),
      patienceMs: PATIENCE_MS,
      windowMs: WINDOW_MS,
      signal: closing.signal,
    });

    closing.abort();

    expect(await watching).toBeUndefined();
  });
});
