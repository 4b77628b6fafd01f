import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { VaultCall } from './vault-http.ts';
import { createVaultSession } from './vault-session.ts';

const DAY_MS = 24 * 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a token that lives longer than a timer can wait is renewed once a day, not all the time', async () => {
  const calls: VaultCall[] = [];
  const session = createVaultSession({
    http: async (call) => {
      calls.push(call);
      return {
        ...{ lease_id: '', lease_duration: 0, renewable: false, errors: [] },
        auth: { client_token: 't', lease_duration: 365 * 24 * 3_600, renewable: true },
        data: {},
      };
    },
    login: {
      method: 'kubernetes',
      mount: 'kubernetes',
      role: 'spt-flow',
      tokenFile: import.meta.filename,
    },
    nowMs: Date.now,
    random: () => 0,
    onReplaced: () => undefined,
  });
  await session.call({ method: 'GET', path: 'secret/data/a' });
  await vi.advanceTimersByTimeAsync(2.5 * DAY_MS);

  expect(calls.map(({ path }) => path).slice(2)).toEqual([
    'auth/token/renew-self',
    'auth/token/renew-self',
  ]);
});
