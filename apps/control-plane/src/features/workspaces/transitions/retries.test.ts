import { AppError } from '@spt-flow/shared/domain/errors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Lane } from './lane.ts';
import { createRetries } from './retries.ts';

let lane: Lane;
let woken: string[];
let comeBack: () => void;
/** Resolves once somebody waits for that. */
let isAwaited: Promise<void>;
let errors: unknown[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  lane = new Lane({ reason: 'asked', correlationId: 'c' });
  [woken, errors] = [[], []];
});
afterEach(() => {
  lane.stopWaiting();
  vi.useRealTimers();
});

function retries(firstRetryMs = 100) {
  const isBack = new Promise<void>((resolve) => (comeBack = resolve));
  let tell: () => void;
  isAwaited = new Promise((resolve) => (tell = resolve));
  return createRetries({
    wake: (workspaceId) => void woken.push(workspaceId),
    untilAvailable: () => {
      tell();
      return isBack;
    },
    onError: (error) => void errors.push(error),
    firstRetryMs,
  });
}

describe('a lane that failed', () => {
  it('is woken later each time, and after the sixth time no more', async () => {
    const retry = retries();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      retry('w', lane, new Error('no'));
      const before = woken.length;
      for (let waitedMs = 100; waitedMs <= 40_000 && woken.length === before; waitedMs += 100) {
        await vi.advanceTimersByTimeAsync(100);
        if (woken.length > before) pauses.push(waitedMs);
      }
    }

    expect(pauses).toEqual([100, 300, 900, 2_700, 8_100]);
  });

  it.each(['clone_failed', 'limit_reached', 'policy_refused', 'server_absent'] as const)(
    'by %s waits for a person',
    async (code) => {
      retries()('w', lane, new AppError(code));
      await vi.advanceTimersByTimeAsync(60_000);

      expect(woken).toEqual([]);
    },
  );

  it('because somebody ended it has not failed', async () => {
    lane.cancel('stopped');
    retries()('w', lane, new Error('no'));

    expect([lane.attempts, lane.cancelledBecause]).toEqual([0, undefined]);
  });

  it('while its server arrived begins again', () => {
    lane.arrived = true;
    retries()('w', lane, new AppError('server_absent'));

    expect(lane.woken).toBe(true);
  });

  it('for want of an engine waits for it without counting', async () => {
    vi.useRealTimers();
    retries(1)('w', lane, new AppError('engine_unavailable'));
    await isAwaited;
    expect(woken).toEqual([]);

    comeBack();

    await expect.poll(() => woken).toEqual(['w']);
    expect(lane.attempts).toBe(0);
  });

  it('is not woken once nobody waits for it', async () => {
    vi.useRealTimers();
    retries(1)('w', lane, new AppError('engine_unavailable'));
    await isAwaited;
    lane.stopWaiting();
    comeBack();
    await new Promise(setImmediate);

    expect([woken, errors]).toEqual([[], []]);
  });
});
