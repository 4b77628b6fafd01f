import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import type { Session } from '@spt-flow/shared/api/sessions';
import { useAuthStore } from '../src/features/auth/auth-store.ts';
import AccessView from '../src/views/AccessView.vue';
import { aMe, idOf } from './fixtures.ts';
import { createWorld } from './mount.ts';

const SESSION: Session = {
  ...{ id: idOf(1), userId: idOf(2), userName: 'Ben', byToken: false, workspaceId: idOf(20) },
  ...{ workspaceName: 'shop', kind: 'terminal', terminalId: idOf(3), address: '192.0.2.7' },
  ...{ startedAt: '2026-01-02T03:04:05.000Z', endedAt: null, endReason: null, endedBy: null },
  ...{ bytesIn: 512, bytesOut: 2048 },
  recording: { state: 'running', bytes: 300, removedAt: null, removedFor: null },
};
const POLICY = {
  ...{ mode: 'off', keepDays: 30, isDefaultKeepDays: true },
  ...{ maxBytes: 1024 ** 3, usedBytes: 0 },
};

describe('access page', () => {
  it('lists who is connected, ends a session when that is confirmed, and says what goes on', async () => {
    const items = [SESSION];
    const world = await createWorld({
      'GET /sessions': () => ({ items, nextCursor: null }),
      'GET /recording-policy': () => POLICY,
      [`POST /sessions/${SESSION.id}/end`]: () => {
        items.splice(0);
        return {
          session: { ...SESSION, endedAt: SESSION.startedAt, endReason: 'ended', endedBy: 'Ada' },
          isOver: true,
          stillAlive: [{ what: 'terminal', until: null }],
        };
      },
    });
    world.run(() => useAuthStore()).me = aMe();
    const wrapper = world.mount(AccessView);
    await flushPromises();
    expect(wrapper.text()).toContain('Terminal in shop');
    expect(wrapper.text()).toContain('192.0.2.7');
    const press = async (label: string) => {
      await wrapper
        .findAll('button')
        .find((candidate) => candidate.text() === label)
        ?.trigger('click');
      await flushPromises();
    };

    await press('End');
    await press('End session');

    expect(wrapper.text()).toContain('Ben: Terminal in shop is over');
    expect(wrapper.text()).toContain('What runs in the terminal goes on');
    expect(wrapper.text()).toContain('Nobody is connected');
  });

  it('changes whether terminals are recorded, and says what that means', async () => {
    const asked: unknown[] = [];
    const world = await createWorld({
      'GET /sessions': () => ({ items: [], nextCursor: null }),
      'GET /recording-policy': () => ({ ...POLICY, mode: 'required' }),
      'PATCH /recording-policy': ({ body }) => {
        asked.push(body);
        return { ...POLICY, mode: 'required', keepDays: 7, isDefaultKeepDays: false };
      },
    });
    world.run(() => useAuthStore()).me = aMe();
    const wrapper = world.mount(AccessView);
    await flushPromises();
    expect(wrapper.text()).toContain('SSH, and editors over it, can not be recorded');

    await wrapper.get('input[type="number"]').setValue('7');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(asked).toEqual([{ mode: 'required', keepDays: 7 }]);
  });
});
