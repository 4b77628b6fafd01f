import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '@spt-flow/shared/api/audit';
import { useAuthStore } from '../src/features/auth/auth-store.ts';
import AuditView from '../src/views/AuditView.vue';
import { button } from './button.ts';
import { aMe, idOf } from './fixtures.ts';
import { createWorld } from './mount.ts';

const ENTRY: AuditEntry = {
  ...{ id: idOf(1), sequence: 7, organizationId: idOf(9), at: '2026-01-02T03:04:05.000Z' },
  ...{ principal: `user:${idOf(2)}`, principalName: 'Ada', action: 'member.remove' },
  ...{ target: idOf(3), subjectName: 'Grace', result: 'done', detail: { workspaces: 2 } },
  ...{ address: '192.0.2.7', userAgent: 'Firefox', correlationId: 'a-correlation' },
  ...{ previousHash: '0'.repeat(64), hash: 'f'.repeat(64) },
};
const INTACT = {
  ...{ isIntact: true, entryCount: 7, anchor: null, waitingCount: 0, head: null, broken: null },
  ...{ publicKey: 'key', checkedAt: ENTRY.at },
};

async function open(verification: object, at = '/audit') {
  const asked: string[] = [];
  const world = await createWorld(
    {
      'GET /audit': ({ query }) => {
        asked.push(String(query));
        return { items: query.get('cursor') ? [] : [ENTRY], nextCursor: null };
      },
      'GET /audit/verification': () => ({ ...INTACT, ...verification }),
      'GET /members': () => ({ items: [] }),
    },
    at,
  );
  world.run(() => useAuthStore()).me = aMe();
  const wrapper = world.mount(AuditView);
  await flushPromises();
  return { wrapper, asked };
}

describe('audit page', () => {
  it('tells what was done in sentences, and all about one on demand', async () => {
    const { wrapper, asked } = await open({}, '/audit?action=member&result=done');
    expect(wrapper.text()).toContain('7 entries, none of them changed');
    expect(wrapper.text()).toContain('Ada removed Grace from the organization');
    expect(wrapper.text()).not.toContain('Firefox');

    await wrapper.get('li button').trigger('click');

    expect(wrapper.text()).toContain('Firefox');
    expect(wrapper.text()).toContain('{"workspaces":2}');
    expect(asked).toEqual(['action=member&result=done&limit=100']);
    const hrefs = wrapper.findAll('a[download]').map((link) => link.attributes('href'));
    expect(hrefs[1]).toBe('/api/v1/audit/export?format=csv&action=member&result=done');
  });

  it('shows the log of the installation on demand, and what comes into it', async () => {
    const { wrapper, asked } = await open({}, '/audit?result=refused');
    await button(wrapper, 'This installation').trigger('click');
    await flushPromises();

    expect(asked.at(-1)).toBe('of=installation&result=refused&limit=100');
    const hrefs = wrapper.findAll('a[download]').map((link) => link.attributes('href'));
    expect(hrefs[0]).toBe('/api/v1/audit/export?format=jsonl&of=installation&result=refused');
  });

  it('says which entry was changed first', async () => {
    const broken = { sequence: 4, id: null, fault: 'missing' };
    const { wrapper } = await open({ isIntact: false, broken });

    expect(wrapper.text()).toContain('Entry 4 is gone. What is before it is as it was written.');
  });
});
