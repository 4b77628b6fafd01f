import type { Comparison } from '@spt-flow/shared/api/checkpoints';
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { aReceipt, idOf } from '../../../test/fixtures.ts';
import { ApiFailure, createWorld, type World } from '../../../test/mount.ts';
import CheckpointList from './CheckpointList.vue';
import GoBackDialog from './GoBackDialog.vue';

const PROJECT = `/projects/${idOf(10)}`;
const LOSSES: Comparison = {
  changes: [{ id: idOf(300), summary: 'Make the title larger', createdAt: '2026-01-02T03:04:05Z' }],
  files: [{ path: 'public/style.css', before: 'a', after: 'b' }],
  unkept: [],
  hasData: false,
};

async function open(losses: Comparison, goBack: () => unknown = () => aReceipt()) {
  const world = await createWorld({
    [`GET ${PROJECT}/comparison`]: () => losses,
    [`POST ${PROJECT}/go-back`]: goBack,
  });
  const wrapper = world.mount(GoBackDialog, {
    props: { projectId: idOf(10), slug: 'guestbook', point: idOf(101), title: 'before “hi”' },
  });
  await flushPromises();
  return { world, wrapper };
}

/** The dialog is rendered at the end of the body. */
function press(label: string): HTMLButtonElement | undefined {
  const button = [...document.querySelectorAll('button')].find(
    ({ textContent }) => textContent.trim() === label,
  );
  button?.click();
  return button;
}

function asked(world: World) {
  return world.requests.filter(({ method }) => method === 'POST').map(({ body }) => body);
}

describe('GoBackDialog', () => {
  it('lists what is lost before it goes back', async () => {
    const { world, wrapper } = await open(LOSSES);

    const text = document.body.textContent;
    expect(text).toContain('1 change will be undone:');
    expect(text).toContain('Make the title larger');
    expect(text).toContain('public/style.css');
    expect(text).toContain('What the app has stored stays as it is');
    expect(asked(world)).toEqual([]);
    press('Go back');
    await flushPromises();

    expect(asked(world)).toEqual([{ to: idOf(101), overwrite: false, withData: false }]);
    expect(wrapper.emitted('done')).toHaveLength(1);
  });

  it('overwrites what others changed only when told again', async () => {
    let isFirst = true;
    const { world } = await open(LOSSES, () => {
      if (!isFirst) return aReceipt();
      isFirst = false;
      throw new ApiFailure(409, 'change_set_conflict');
    });
    press('Go back');
    await flushPromises();
    expect(document.querySelector('[role="alert"]')).not.toBeNull();

    press('Go back anyway');
    await flushPromises();

    expect(asked(world)).toMatchObject([{ overwrite: false }, { overwrite: true }]);
  });

  it('has nothing to undo where nothing was changed', async () => {
    await open({ ...LOSSES, changes: [], files: [] });

    expect(document.body.textContent).toContain('there is nothing to undo');
    expect(press('Go back')?.disabled).toBe(true);
  });
});

describe('CheckpointList', () => {
  it('keeps the present version under a name and compares it', async () => {
    const checkpoint = {
      ...{ id: idOf(601), projectId: idOf(10), name: 'Before the redesign', hasData: false },
      createdAt: '2026-01-02T03:04:05Z',
    };
    const items: (typeof checkpoint)[] = [];
    const world = await createWorld({
      [`GET ${PROJECT}/checkpoints`]: () => ({ items }),
      [`POST ${PROJECT}/checkpoints`]: () => {
        items.push(checkpoint);
        return checkpoint;
      },
    });
    const wrapper = world.mount(CheckpointList, {
      props: { projectId: idOf(10), slug: 'guestbook', canWrite: true },
    });
    await flushPromises();

    await wrapper.get('input[type="text"], input:not([type])').setValue('Before the redesign');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(asked(world)).toEqual([{ name: 'Before the redesign', withData: false }]);
    expect(wrapper.get('a').attributes('href')).toBe(`/p/guestbook/files?from=${idOf(601)}`);
  });
});
