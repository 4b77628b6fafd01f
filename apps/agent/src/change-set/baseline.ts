import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { RunningProcess } from '../processes/managed-process.ts';
import type { Supervisor } from '../processes/supervisor.ts';
import { ALIVE_MS } from './activation.ts';
import type { Plan } from './manifest.ts';
import { probeUntilHealthy } from './probe.ts';

/** An app that works answers at once; one that does not costs each change set this long. */
const PATIENCE_MS = 3_000;

/**
 * Tells whether the app did not work before the change set, so that its not working afterwards proves nothing. An app
 * that was started only now is given the time that a change would be given.
 */
export async function wasBroken(
  { process: planned, probe }: Plan,
  supervisor: Pick<Supervisor, 'spec' | 'current' | 'ageMs'>,
): Promise<boolean> {
  const before = planned && supervisor.spec(planned.name);
  // With other settings it may have answered elsewhere.
  if (!before || !isDeepStrictEqual(before.env, planned.env)) return false;
  if (!probe) return !(await isLiving(supervisor.current(before.name)));
  const youngMs = probe.timeoutMs - supervisor.ageMs(before.name);
  const { result } = await probeUntilHealthy(
    { ...probe, timeoutMs: Math.max(PATIENCE_MS, youngMs) },
    { goodAnswers: 1, signal: new AbortController().signal },
  );
  return result.error !== null;
}

/** One that ends again and again may be met while it runs. */
async function isLiving(running: RunningProcess | undefined): Promise<boolean> {
  if (!running) return false;
  const over = new AbortController();
  const lives = sleep(ALIVE_MS, true, { signal: over.signal });
  try {
    return await Promise.race([lives, running.exited.then(() => false)]);
  } finally {
    over.abort();
    lives.catch(() => undefined);
  }
}
