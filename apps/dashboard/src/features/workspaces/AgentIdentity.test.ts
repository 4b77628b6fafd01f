import type { AgentIdentity as Identity } from '@spt-flow/shared/api/agents';
import { flushPromises, type VueWrapper } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { aMe, aWorkspace, idOf } from '../../../test/fixtures.ts';
import { ApiFailure, createWorld } from '../../../test/mount.ts';
import { useAuthStore } from '../auth/auth-store.ts';
import AgentIdentity from './AgentIdentity.vue';

const AT = '2026-01-02T03:04:05.000Z';
const IDENTITY: Identity = {
  id: idOf(30),
  workspaceId: idOf(20),
  keyId: 'first-key',
  keySince: AT,
  channelBinding: 'tls-exporter',
  clonePolicy: 'reject',
  generation: 7,
  bootId: 'boot',
  machineFingerprint: 'original',
  version: '0.1.0',
  lastSeenAt: AT,
  quarantine: null,
};
const DETAINED: Identity = {
  ...IDENTITY,
  quarantine: {
    ...{ state: 'open', kind: 'second_machine', since: AT, generation: 5 },
    ...{ bootId: 'other', machineFingerprint: 'the-copy' },
  },
};
const AGENT = `/workspaces/${idOf(20)}/agent`;

async function show(get: () => Identity, role: 'admin' | 'developer' = 'admin') {
  const world = await createWorld({
    [`GET ${AGENT}`]: get,
    [`POST ${AGENT}/rotate-key`]: () => ({ ...IDENTITY, keyId: 'second-key' }),
    [`POST ${AGENT}/quarantine`]: () => IDENTITY,
    'POST /agent-revocations': () => ({ agents: 1, tokens: 0 }),
  });
  world.run(() => useAuthStore()).me = aMe({ role });
  const wrapper = world.mount(AgentIdentity, { props: { workspace: aWorkspace() } });
  await flushPromises();
  return { world, wrapper };
}

async function press(wrapper: VueWrapper, label: string): Promise<void> {
  const button = wrapper.findAll('button').find((candidate) => candidate.text() === label);
  if (!button) throw new Error(`There is no button “${label}”`);
  await button.trigger('click');
  await flushPromises();
}

describe('AgentIdentity', () => {
  it('shows key, generation and machine, and changes the key', async () => {
    const { wrapper } = await show(() => IDENTITY);
    for (const text of ['first-key', '7', 'original']) expect(wrapper.text()).toContain(text);

    await press(wrapper, 'Change the key');

    expect(wrapper.text()).toContain('second-key');
  });

  it.each([
    ['Keep it out', 'dismiss'],
    ['Let it be the agent; the present one loses its connection', 'release'],
  ])('lets an admin decide about another machine: %s', async (label, decision) => {
    const { world, wrapper } = await show(() => DETAINED);
    expect(wrapper.get('[role="alert"]').text()).toContain('the-copy');

    await press(wrapper, label);

    expect(world.requests.at(-1)).toMatchObject({ body: { decision } });
    expect(wrapper.find('[role="alert"]').exists()).toBe(false);
  });

  it('names the consequence before it revokes, and how another agent joins after it', async () => {
    const { world, wrapper } = await show(() => IDENTITY);

    await press(wrapper, 'Revoke the agent…');
    expect(wrapper.text()).toContain('Its connection ends at once');
    expect(world.requests.map(({ method }) => method)).not.toContain('POST');
    await press(wrapper, 'Revoke it');

    expect(world.requests.at(-1)).toMatchObject({ body: { kind: 'workspace', id: idOf(20) } });
    expect(wrapper.get('[role="status"]').text()).toContain('spt-flow start guestbook');
  });

  it('leaves decisions to admins', async () => {
    const { wrapper } = await show(() => DETAINED, 'developer');

    expect(wrapper.findAll('button').map((button) => button.text())).toEqual(['Change the key']);
    expect(wrapper.text()).toContain('An admin decides');
  });

  it('says that no agent has joined yet', async () => {
    const { wrapper } = await show(() => {
      throw new ApiFailure(404, 'not_found');
    });

    expect(wrapper.text()).toContain('No agent has joined yet');
  });
});
