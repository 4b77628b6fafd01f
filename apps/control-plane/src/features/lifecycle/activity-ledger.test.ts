import { describe, expect, it } from 'vitest';
import { createActivityLedger, type WorkspaceActivity } from './activity-ledger.ts';

function stage() {
  const stored: WorkspaceActivity[] = [];
  const state = { nowMs: 1_000, failure: undefined as Error | undefined };
  const ledger = createActivityLedger({
    clock: { now: () => new Date(state.nowMs) },
    store: async (activity) => {
      if (state.failure) throw state.failure;
      stored.push(new Map(activity));
    },
  });
  return { ledger, stored, state };
}

describe('the activity ledger', () => {
  it('stores one entry for each workspace, however often it was used, and nothing when nobody did', async () => {
    const { ledger, stored, state } = stage();
    for (let packet = 0; packet < 100; packet += 1) {
      state.nowMs += 1;
      ledger.report('a', 'ports');
    }
    ledger.report('a', 'terminal');
    ledger.report('b', 'chat');

    await ledger.flush();
    await ledger.flush();

    expect(stored.map((activity) => [...activity])).toEqual([
      [
        ['a', { ports: new Date(1_100), terminal: new Date(1_100) }],
        ['b', { chat: new Date(1_100) }],
      ],
    ]);
    expect(ledger.of('a')).toEqual({});
  });

  it('keeps what could not be stored, and what came meanwhile', async () => {
    const { ledger, stored, state } = stage();
    ledger.report('a', 'ports');
    ledger.report('a', 'chat');
    state.failure = new Error('away');

    const failed = ledger.flush();
    state.nowMs = 2_000;
    ledger.report('a', 'ports');
    expect(ledger.of('a')).toEqual({ ports: new Date(2_000), chat: new Date(1_000) });
    await expect(failed).rejects.toThrow('away');
    state.failure = undefined;
    await ledger.flush();

    expect(stored.map((activity) => activity.get('a'))).toEqual([
      { ports: new Date(2_000), chat: new Date(1_000) },
    ]);
  });
});
