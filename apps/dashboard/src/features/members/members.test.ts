import type { Invitation, Member } from '@spt-flow/shared/api/members';
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { button } from '../../../test/button.ts';
import { aMe, idOf } from '../../../test/fixtures.ts';
import { createWorld } from '../../../test/mount.ts';
import InviteView from '../../views/InviteView.vue';
import { useAuthStore } from '../auth/auth-store.ts';
import MemberSettings from './MemberSettings.vue';

const AT = '2026-01-02T03:04:05.000Z';
const BEN: Member = {
  ...{ id: idOf(50), name: 'Ben', email: 'ben@example.com' },
  ...{ role: 'developer', joinedAt: AT, lastSeenAt: null },
};
const OPEN: Invitation = {
  ...{ id: idOf(60), email: null, role: 'readonly', invitedBy: 'Ada' },
  ...{ createdAt: AT, expiresAt: AT },
};

describe('the people of an organization', () => {
  it('are invited with a link that is shown once', async () => {
    const bodies: unknown[] = [];
    const world = await createWorld({
      'GET /members': () => ({ items: [BEN] }),
      'GET /invitations': () => ({ items: [OPEN] }),
      'GET /former-members': () => ({ items: [] }),
      'POST /invitations': ({ body }) => {
        bodies.push(body);
        return { ...OPEN, email: 'cleo@example.com', url: 'http://localhost/invite/secret' };
      },
    });
    const wrapper = world.mount(MemberSettings);
    await flushPromises();
    expect(wrapper.text()).toContain('Whoever has the link');

    await wrapper.get('input[type="email"]').setValue('cleo@example.com');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(bodies).toEqual([{ role: 'developer', email: 'cleo@example.com' }]);
    expect(wrapper.get('[role="status"]').text()).toContain('http://localhost/invite/secret');
  });

  it('are shown to who is no admin, without what changes them', async () => {
    const world = await createWorld({ 'GET /members': () => ({ items: [BEN] }) });
    world.run(() => useAuthStore()).me = aMe({ role: 'developer' });
    const wrapper = world.mount(MemberSettings);
    await flushPromises();

    expect(wrapper.text()).toContain('ben@example.com');
    expect(wrapper.find('form').exists()).toBe(false);
    expect(wrapper.find('[aria-label^="More for"]').exists()).toBe(false);
  });

  it('are searched where there are many, and not all shown at once', async () => {
    const items = Array.from({ length: 30 }, (_, number) => ({
      ...{ ...BEN, id: idOf(number + 100), name: `Person ${number}` },
      email: `${number}@example.com`,
    }));
    const world = await createWorld({ 'GET /members': () => ({ items }) });
    world.run(() => useAuthStore()).me = aMe({ role: 'developer' });
    const wrapper = world.mount(MemberSettings);
    await flushPromises();
    expect(wrapper.findAll('li')).toHaveLength(20);

    await wrapper.get('input[type="search"]').setValue('29@');
    expect(wrapper.findAll('li').map((row) => row.text())).toEqual([
      expect.stringContaining('Person 29'),
    ]);
    expect(wrapper.get('[role="status"]').text()).toBe('1 of 30 people');

    await wrapper.get('input[type="search"]').setValue('');
    await button(wrapper, 'All 30 people').trigger('click');
    expect(wrapper.findAll('li')).toHaveLength(30);
  });
});

describe('an invitation', () => {
  const shown = {
    ...{ purpose: 'join', organizationName: "Ada's team", role: 'developer' },
    ...{ invitedBy: 'Ada', email: 'ben@example.com' },
  };

  it('takes the address that it was made for', async () => {
    const bodies: unknown[] = [];
    const world = await createWorld({
      'POST /invitations/preview': () => shown,
      'POST /invitations/acceptance': ({ body }) => {
        bodies.push(body);
        return aMe();
      },
    });
    world.router.addRoute({ path: '/invite/:token', component: InviteView });
    await world.router.push('/invite/sptf_invite_secret');
    const wrapper = world.mount(InviteView);
    await flushPromises();
    const [name, , password] = wrapper.findAll('input');
    await name?.setValue('Ben');
    await password?.setValue('a quiet river');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(wrapper.text()).toContain("Join Ada's team");
    expect(bodies).toEqual([
      {
        ...{ token: 'sptf_invite_secret', name: 'Ben', email: 'ben@example.com' },
        password: 'a quiet river',
      },
    ]);
  });
});
