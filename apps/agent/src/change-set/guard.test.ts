import { describe, expect, it } from 'vitest';
import type { GroupExit } from '../runtime/spawn-group.ts';
import { createGuard, GUARD_WINDOW_MS, type LateFailure } from './guard.ts';
import type { Silence } from './health-watch.ts';
import type { Watched } from './transaction.ts';

const PROBE = { port: 1, path: '/', timeoutMs: 1 };

function createWatched(probe: Watched['journal']['plan']['probe'] = null) {
  let end = (_exit: GroupExit): void => undefined;
  const exited = new Promise<GroupExit>((resolve) => (end = resolve));
  let isStopped = false;
  const watched: Watched = {
    journal: {
      state: 'committed',
      plan: { id: crypto.randomUUID(), build: null, process: null, probe },
      baseline: null,
      wasBroken: false,
      hasBuilt: false,
      entries: [],
      checks: [],
      startedMs: 0,
    },
    running: { pid: 2, exited, wasStopped: () => isStopped, tail: () => '' },
    slowestMs: 0,
  };
  return { watched, end: (exit: GroupExit) => end(exit), markStopped: () => (isStopped = true) };
}

function createRig(revert: () => Promise<void> = async () => undefined) {
  const clock = { ms: 1_000 };
  const seen = {
    settled: 0,
    failures: [] as LateFailure[],
    errors: [] as unknown[],
    windows: [] as number[],
  };
  let endWindow = (): void => undefined;
  let tellHealth = (_silence: Silence | undefined): void => undefined;
  const guard = createGuard({
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        seen.windows.push(ms);
        endWindow = resolve;
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      }),
    nowMs: () => clock.ms,
    watchHealth: () => new Promise((resolve) => (tellHealth = resolve)),
    async revert(_watched, failure) {
      seen.failures.push(failure);
      await revert();
    },
    settle: async () => void (seen.settled += 1),
    onError: (error) => void seen.errors.push(error),
  });
  return {
    guard,
    clock,
    seen,
    endWindow: () => endWindow(),
    tellHealth: (silence: Silence | undefined) => tellHealth(silence),
  };
}

const EXIT: GroupExit = { exitCode: 3, signal: null };

describe('guard', () => {
  it('reverts once when the app ends in the window, and says how long after the commit', async () => {
    const { guard, clock, seen } = createRig();
    const { watched, end } = createWatched();
    guard.open(watched);
    clock.ms += 4_200;
    end(EXIT);
    await expect.poll(() => seen.failures).toEqual([{ kind: 'ended', exit: EXIT, afterMs: 4_200 }]);
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
    expect([...over.seen.failures, ...closed.seen.failures, ...stopped.seen.failures]).toEqual([]);
  });

  it('reverts once when the app does not answer any more, even if it ends after that', async () => {
    const { guard, clock, seen, tellHealth } = createRig();
    const { watched, end } = createWatched(PROBE);
    const answer = { status: null, durationMs: 4_000, error: 'It gave no answer' };
    const silence = { answer, afterMs: 2_000 };
    guard.open(watched);
    clock.ms += 6_000;
    tellHealth(silence);
    await expect.poll(() => seen.failures).toEqual([{ kind: 'unhealthy', ...silence }]);
    end(EXIT);
    await guard.close();
    expect(seen).toMatchObject({ settled: 0, windows: [], failures: { length: 1 } });
  });

  it('settles when the app answered well to the end, or was stopped while it did not answer', async () => {
    const well = createRig();
    well.guard.open(createWatched(PROBE).watched);
    well.tellHealth(undefined);
    await expect.poll(() => well.seen.settled).toBe(1);

    const stopped = createRig();
    const { watched, markStopped } = createWatched(PROBE);
    stopped.guard.open(watched);
    markStopped();
    const answer = { status: 500, durationMs: 1, error: 'It answered with status 500' };
    stopped.tellHealth({ answer, afterMs: 0 });
    await expect.poll(() => stopped.seen.settled).toBe(1);
    expect([...well.seen.failures, ...stopped.seen.failures]).toEqual([]);
  });

  it('reverts for an app that ended before it was watched', async () => {
    const { guard, seen } = createRig();
    const { watched, end } = createWatched();
    end(EXIT);
    guard.open(watched);
    await expect.poll(() => seen.failures.length).toBe(1);
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
