import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogInput, LogOwner } from '../../logs/index.ts';
import { createPatientLogs } from './patient-logs.ts';

class RefusedRowError extends Error {
  readonly code = '23503';
}

const OWNER: LogOwner = { workspaceId: 'a', organizationId: 'one' };
const OTHER: LogOwner = { workspaceId: 'b', organizationId: 'two' };

let stored: string[];
let failure: Error | undefined;
let told: unknown[];
let logs: ReturnType<typeof createPatientLogs>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  stored = [];
  failure = undefined;
  told = [];
  logs = createPatientLogs({
    logs: {
      append: async ({ workspaceId }, lines) => {
        if (failure) throw failure;
        stored.push(...lines.map(({ text }) => `${workspaceId}:${text}`));
      },
    },
    onError: (error) => void told.push(error),
  });
});
afterEach(() => void vi.useRealTimers());

function lines(...texts: string[]): LogInput[] {
  return texts.map((text) => ({ source: 'app', level: 'info', text }));
}

describe('patient logs', () => {
  it('store what came while the database was away, in order, and tell of the outage once', async () => {
    failure = new Error('connection lost');
    const appended = [
      logs.append(OWNER, lines('1', '2')),
      logs.append(OTHER, lines('x')),
      logs.append(OWNER, lines('3')),
    ];
    await vi.advanceTimersByTimeAsync(20_000);
    expect(stored).toEqual([]);

    failure = undefined;
    const late = logs.append(OWNER, lines('4'));
    await vi.advanceTimersByTimeAsync(60_000);
    await Promise.all([...appended, late]);

    expect(stored.filter((line) => line.startsWith('a:'))).toEqual(['a:1', 'a:2', 'a:3', 'a:4']);
    expect(stored).toContain('b:x');
    expect(told).toEqual([new Error('connection lost')]);
  });

  it('fail at once for rows that the database refuses', async () => {
    failure = new RefusedRowError('no such workspace');

    await expect(logs.append(OWNER, lines('1'))).rejects.toBe(failure);
    expect(told).toEqual([]);
  });

  it('go on after lines that were refused while they waited', async () => {
    failure = new Error('connection lost');
    const refused = logs.append(OWNER, lines('1')).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1);
    failure = new RefusedRowError('no such workspace');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await refused).toBe(failure);

    failure = undefined;
    await logs.append(OWNER, lines('2'));
    expect(stored).toEqual(['a:2']);
  });

  it('give up once they are closed', async () => {
    failure = new Error('connection lost');
    const appended = logs.append(OWNER, lines('1')).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1);

    logs.close();
    await vi.advanceTimersByTimeAsync(5_000);

    expect(await appended).toBe(failure);
  });
});
