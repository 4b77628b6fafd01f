import { describe, expect, it } from 'vitest';
import type { GroupExit } from '../runtime/spawn-group.ts';
import { createGuard, GUARD_WINDOW_MS, type Crash } from './guard.ts';
import type { Watched } from './transaction.ts';

function createWatched() {
  let end = (_exit: GroupExit): void => undefined;
  const exited = new Promise<GroupExit>((resolve) => (end = resolve));
  let isStopped = false;
  const watched: Watched = {
    journal: {
      state: 'committed',
      plan: { id: crypto.randomUUID(), build: null, process: null, probe: null },
      baseline: null,
      hasBuilt: false,
      entries: [],
      checks: [],
      startedMs: 0,
    },
    running: { pid: 2, exited, wasStopped: () => isStopped, tail: () => '' },
  };
  return { watched, end: (exit: GroupExit) => end(exit), markStopped: () => (isStopped = true) };
}

function createRig(revert: () => Promise<void> = async () => undefined) {
  const clock = { ms: 1_000 };
  const seen = {
    settled: 0,
    crashes: [] as Crash[],
    errors: [] as unknown[],
    windows: [] as number[],
  };
  let endWindow = (): void => undefined;
  const guard = createGuard({
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        seen.windows.push(ms);
        endWindow = resolve;
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      }),
    nowMs: () => clock.ms,
    async revert(_watched, crash) {
      seen.crashes.push(crash);
      await revert();
    },
    settle: async () => void (seen.settled += 1),
    onError: (error) => void seen.errors.push(error),
  });
  return { guard, clock, seen, endWindow: () => endWindow() };
}

const EXIT: GroupExit = { exitCode: 3, signal: null };

describe('guard', () => {
  it('reverts once when the app ends in the window, and says how long after the commit', async () => {
    const { guard, clock, seen } = createRig();
    const { watched, end } = createWatched();
    guard.open(watched);
    clock.ms += 4_200;
    end(EXIT);
    await expect.poll(() => seen.crashes).toEqual([{ exit: EXIT, afterMs: 4_200 }]);
    await guard.close();
    expect(seen).toMatchObject({ settled: 0, windows: [GUARD_WINDOW_MS], errors: [] });
    expect(guard.isReverting).toBe(false);
  });

  it('settles when the window ends, is closed, or somebody stopped the app', async () => {
    const over = createRig();
    over.guard.open(createWatched().watched);
    over.endWindow();
    await expect.poll(() => over.seen.settled).toBe(1);

    const closed = createRig();
    closed.guard.open(createWatched().watched);
    await closed.guard.close();
    expect(closed.seen.settled).toBe(1);

    const stopped = createRig();
    const { watched, end, markStopped } = createWatched();
    stopped.guard.open(watched);
    markStopped();
    end(EXIT);
    await expect.poll(() => stopped.seen.settled).toBe(1);
    expect([...over.seen.crashes, ...closed.seen.crashes, ...stopped.seen.crashes]).toEqual([]);
  });

  it('reverts for an app that ended before it was watched', async () => {
    const { guard, seen } = createRig();
    const { watched, end } = createWatched();
    end(EXIT);
    guard.open(watched);
    await expect.poll(() => seen.crashes.length).toBe(1);
  });

  it('is reverting until the old version is back, and its closing waits for that', async () => {
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const { guard } = createRig(() => held);
    const { watched, end } = createWatched();
    guard.open(watched);
    end(EXIT);
    await expect.poll(() => guard.isReverting).toBe(true);
    finish();
    await guard.close();
    expect(guard.isReverting).toBe(false);
  });

  it('tells what went wrong in a revert, and watches the next one all the same', async () => {
    const { guard, seen } = createRig(() => Promise.reject(new Error('disk full')));
    const first = createWatched();
    guard.open(first.watched);
    first.end(EXIT);
    await expect.poll(() => seen.errors).toEqual([new Error('disk full')]);
    expect(guard.isReverting).toBe(false);
    guard.open(createWatched().watched);
    await guard.close();
    expect(seen.settled).toBe(1);
  });

  it('has nothing to close before the first change set', async () => {
    const { guard, seen } = createRig();
    await guard.close();
    expect(seen.settled).toBe(0);
  });
});
