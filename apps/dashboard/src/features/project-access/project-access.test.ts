import type { ProjectAccessView } from '@spt-flow/shared/api/project-access';
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { aMe, idOf } from '../../../test/fixtures.ts';
import { createWorld } from '../../../test/mount.ts';
import { useAuthStore } from '../auth/auth-store.ts';
import ProjectAccess from './ProjectAccess.vue';
import { useProjectRights } from './use-project-rights.ts';

const ACCESS: ProjectAccessView = {
  access: 'restricted',
  grants: [{ kind: 'group', id: idOf(70), name: 'Web shop', level: 'use' }],
  level: 'manage',
  mayDecide: true,
};
const PROJECT = idOf(1);

async function show(access: ProjectAccessView) {
  const asked: string[] = [];
  const world = await createWorld({
    [`GET /projects/${PROJECT}/access`]: () => access,
    'GET /members': () => ({ items: [] }),
    'GET /groups': () => ({ items: [] }),
    [`DELETE /projects/${PROJECT}/access/groups/${idOf(70)}`]: () => {
      asked.push('revoke');
      return { ...access, grants: [] };
    },
  });
  const wrapper = world.mount(ProjectAccess, { props: { projectId: PROJECT } });
  await flushPromises();
  return { wrapper, asked };
}

describe('who finds a project', () => {
  it('is shown, and taken from a group by who decides', async () => {
    const { wrapper, asked } = await show(ACCESS);
    expect(wrapper.text()).toContain('Admins');
    expect(wrapper.text()).toContain('Web shop');

    await wrapper.get('[aria-label="Stop sharing with Web shop"]').trigger('click');
    await flushPromises();

    expect(asked).toEqual(['revoke']);
  });

  it('is only told to others', async () => {
    const { wrapper } = await show({ ...ACCESS, level: 'view', mayDecide: false });

    expect(wrapper.text()).toContain('Can work');
    expect(wrapper.find('form').exists()).toBe(false);
    expect(wrapper.find('[aria-label^="Stop sharing"]').exists()).toBe(false);
  });
});

describe('what is offered in a project', () => {
  it.each([
    ['developer', 'view', 'look'],
    ['developer', 'use', 'use'],
    ['developer', 'manage', 'use manage'],
    ['readonly', 'manage', 'look'],
    // Admins may everything, and nothing is asked for them.
    ['admin', undefined, 'use manage'],
  ] as const)('to a person of the role %s who may %s is: %s', async (role, level, offered) => {
    const world = await createWorld({
      [`GET /projects/${PROJECT}/access`]: () => ({ ...ACCESS, level }),
    });
    world.run(() => useAuthStore()).me = aMe({ role });
    const wrapper = world.mount(
      defineComponent(() => {
        const { mayUse, mayManage } = useProjectRights(() => PROJECT);
        return () =>
          h('p', [mayUse.value ? 'use' : 'look', mayManage.value ? 'manage' : ''].join(' ').trim());
      }),
    );

    await vi.waitFor(() => expect(wrapper.text()).toBe(offered));
  });
});
