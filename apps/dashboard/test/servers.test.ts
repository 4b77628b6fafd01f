import { flushPromises, type VueWrapper } from '@vue/test-utils';
import { nextTick } from 'vue';
import { describe, expect, it } from 'vitest';
import { useAuthStore } from '../src/features/auth/auth-store.ts';
import { toServerName } from '../src/features/servers/server-name.ts';
import { useWorkspacesStore } from '../src/features/workspaces/workspaces-store.ts';
import ServerJoinView from '../src/views/ServerJoinView.vue';
import ServersView from '../src/views/ServersView.vue';
import { button } from './button.ts';
import { aMe, aWorkspace, idOf } from './fixtures.ts';
import { ApiFailure, createWorld } from './mount.ts';

const OFFLINE = {
  online: false,
  lastSeenAt: null,
  version: null,
  rssBytes: null,
  address: null,
  quarantined: false,
};
const SERVER = aWorkspace({ name: 'build-1', provider: 'server', agent: OFFLINE });
const INVITATION = {
  code: 'the-code',
  command: " printf %s 'the-code' | sudo sh",
  promptCommand: 'sudo sh',
  expiresAt: '2026-01-02T03:19:05.000Z',
  note: null,
};

async function submit(wrapper: VueWrapper): Promise<void> {
  await wrapper.get('form').trigger('submit');
  await flushPromises();
}

describe('servers page', () => {
  const invited = { workspace: SERVER, invitation: INVITATION };

  async function open(items = [SERVER]) {
    const world = await createWorld({
      'GET /workspaces': () => ({ items, nextCursor: null }),
      'POST /servers': () => invited,
      [`POST /servers/${SERVER.id}/invitations`]: () => invited,
    });
    const wrapper = world.mount(ServersView);
    await world.run(() => useWorkspacesStore()).load();
    await nextTick();
    return { world, wrapper };
  }

  it('shows the command of a new server until its machine has joined', async () => {
    const { world, wrapper } = await open([]);
    expect(wrapper.text()).toContain('No servers yet');

    await wrapper.get('input').setValue('build-1');
    await submit(wrapper);
    expect(world.requests.at(-1)).toMatchObject({ body: { name: 'build-1' } });
    expect(wrapper.text()).toContain(INVITATION.command.trim());

    const agent = { ...OFFLINE, online: true, address: '192.0.2.7' };
    world
      .run(() => useWorkspacesStore())
      .apply({ type: 'workspace.changed', workspace: { ...SERVER, agent } });
    await nextTick();

    expect(wrapper.get('[role="status"]').text()).toBe('The machine has joined.');
    expect(wrapper.text()).not.toContain(INVITATION.code);
    expect(wrapper.get('table').text()).toContain('192.0.2.7');
  });

  it('makes another command for a server whose machine never came, and no other workspaces', async () => {
    const { wrapper } = await open([SERVER, aWorkspace({ id: idOf(21), name: 'local-one' })]);
    expect(wrapper.get('table').text()).not.toContain('local-one');

    await button(wrapper, 'New join command').trigger('click');
    await flushPromises();

    expect(wrapper.text()).toContain('Join build-1');
  });

  it('sends nothing for a name that the control plane would refuse', async () => {
    const { world, wrapper } = await open();
    const before = world.requests.length;

    await wrapper.get('input').setValue('Build 1');
    await submit(wrapper);

    expect(world.requests).toHaveLength(before);
  });

  it('only shows to whoever may only look', async () => {
    const world = await createWorld({
      'GET /workspaces': () => ({ items: [SERVER], nextCursor: null }),
    });
    world.run(() => useAuthStore()).me = aMe({ role: 'readonly' });
    const wrapper = world.mount(ServersView);
    await world.run(() => useWorkspacesStore()).load();
    await nextTick();

    expect(wrapper.findAll('button, form')).toEqual([]);
  });
});

describe('page that lets a machine join', () => {
  const path = '/server-joins/BDWP-HQPK';
  const digest = (letter: string) => letter.repeat(43);
  const machine = {
    machineName: 'Build_1.example.org',
    machineFingerprint: digest('F'),
    keyId: digest('K'),
    platform: 'linux-x64',
    agentVersion: '0.1.0',
    address: '192.0.2.7',
    serverKey: digest('S'),
    requestedAt: '2026-01-02T03:04:05.000Z',
  };
  const answers = {
    [`GET ${path}`]: () => machine,
    [`POST ${path}/approval`]: () => SERVER,
    [`POST ${path}/denial`]: () => ({}),
  };

  async function open(
    at = '/servers/join?code=bdwphqpk',
    given: Record<string, () => unknown> = answers,
  ) {
    const world = await createWorld(given, at);
    const wrapper = world.mount(ServerJoinView);
    await flushPromises();
    return { world, wrapper };
  }

  it('shows what to compare and approves under a name made of the machine’s', async () => {
    const { world, wrapper } = await open();
    for (const value of [digest('F'), digest('K'), digest('S'), '192.0.2.7']) {
      expect(wrapper.text()).toContain(value);
    }

    await submit(wrapper);

    expect(world.requests.at(-1)?.body).toEqual({ name: 'build-1-example-org' });
    expect(wrapper.text()).toContain('joins as build-1-example-org');
  });

  it('denies', async () => {
    const { world, wrapper } = await open();

    await button(wrapper, 'Deny').trigger('click');
    await flushPromises();

    expect(world.requests.at(-1)?.path).toBe(`/api/v1${path}/denial`);
    expect(wrapper.text()).toContain('The machine was not let in');
  });

  it('keeps the machine on screen when the name is taken', async () => {
    const { wrapper } = await open(undefined, {
      ...answers,
      [`POST ${path}/approval`]: () => {
        throw new ApiFailure(409, 'name_taken');
      },
    });

    await submit(wrapper);

    expect(wrapper.get('[role="alert"]').text()).not.toBe('');
    expect(wrapper.text()).toContain(digest('K'));
  });

  it('asks for the code, and explains one that nobody waits with', async () => {
    const { wrapper } = await open('/servers/join', {});

    await wrapper.get('input').setValue('zzzz zzzz');
    await submit(wrapper);

    expect(wrapper.get('[role="alert"]').text()).toContain('Not found');
  });
});

describe('the name of a server', () => {
  it.each([
    ['Web_01.example.org', 'web-01-example-org'],
    ['--box--', 'box'],
    ['ü', ''],
    [`${'a'.repeat(57)}-b`, 'a'.repeat(57)],
  ])('is made of "%s"', (machineName, name) => expect(toServerName(machineName)).toBe(name));
});
