import type { Port } from '@spt-flow/shared/api/ports';
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { aMe, aProject, aWorkspace, idOf } from '../../../test/fixtures.ts';
import { createWorld } from '../../../test/mount.ts';
import { useAuthStore } from '../auth/auth-store.ts';
import ShareDialog from './ShareDialog.vue';

const APP: Port = {
  ...{ port: 3001, process: null, isApp: true, sharing: 'organization' },
  url: 'http://guestbook.preview.localhost:8080/',
};

async function open(ownerId = idOf(1)) {
  const world = await createWorld({
    [`GET /workspaces/${idOf(20)}/ports`]: () => ({ isSupported: true, items: [], app: APP }),
    [`PUT /workspaces/${idOf(20)}/ports/3001`]: ({ body }) => ({ ...APP, ...(body as object) }),
  });
  world.run(() => useAuthStore()).me = aMe({ role: 'developer' });
  const workspace = aWorkspace({ ownerId });
  world.mount(ShareDialog, { props: { project: aProject(), workspace } });
  await flushPromises();
  const chosen = () => document.querySelector('[role="radio"][aria-checked="true"]');
  return { world, chosen, text: () => document.body.textContent };
}

describe('sharing an app', () => {
  it('shows its address, and lets its owner open it to everybody', async () => {
    const { world, chosen, text } = await open();
    expect(text()).toContain('http://guestbook.preview.localhost:8080/');
    expect(text()).toContain('works on the machine that runs spt-flow only');
    expect(chosen()?.getAttribute('value')).toBe('organization');

    document.querySelector<HTMLElement>('[role="radio"][value="public"]')?.click();
    await flushPromises();

    expect(world.requests.at(-1)).toMatchObject({ method: 'PUT', body: { sharing: 'public' } });
    expect(chosen()?.getAttribute('value')).toBe('public');
  });

  it('tells others only who may open it', async () => {
    const { text } = await open(idOf(9));

    expect(text()).toContain('Your organization');
    expect(text()).not.toContain('Everybody');
    expect(text()).toContain('admins decide');
  });
});
