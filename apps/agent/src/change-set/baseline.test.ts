import { describe, expect, it } from 'vitest';
import type { RunningProcess } from '../processes/managed-process.ts';
import { wasBroken } from './baseline.ts';

const APP = { name: 'app', command: 'node server.js', env: {} };
const PLAN = { id: crypto.randomUUID(), build: null, process: APP, probe: null };

function judge(exited: RunningProcess['exited'] | undefined): Promise<boolean> {
  const running = exited && { pid: 1, exited, tail: () => '', wasStopped: () => false };
  return wasBroken(PLAN, { spec: () => APP, current: () => running, ageMs: () => 60_000 });
}

describe('an app without a probe', () => {
  it('that is met while it runs, and ends at once, did not work', async () => {
    expect(await judge(Promise.resolve({ exitCode: 3, signal: null }))).toBe(true);
  });

  it('that does not run did not work', async () => {
    expect(await judge(undefined)).toBe(true);
  });

  it('that goes on running worked', async () => {
    expect(await judge(new Promise(() => undefined))).toBe(false);
  });
});
