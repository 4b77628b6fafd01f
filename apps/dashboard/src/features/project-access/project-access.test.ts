import type { ProjectAccessView } from '@spt-flow/shared/api/project-access';
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { idOf } from '../../../test/fixtures.ts';
import { createWorld } from '../../../test/mount.ts';
import ProjectAccess from './ProjectAccess.vue';

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
