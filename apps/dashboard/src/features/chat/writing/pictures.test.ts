import { flushPromises } from '@vue/test-utils';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { aMessage, idOf } from '../../../../test/fixtures.ts';
import { ApiFailure, createWorld } from '../../../../test/mount.ts';
import ChatInput from './ChatInput.vue';
import MessagePictures from '../messages/MessagePictures.vue';

const ATTACHMENTS = `/projects/${idOf(10)}/attachments`;
const SIZE = { mediaType: 'image/png' as const, width: 4, height: 2 };

beforeAll(async () => {
  // What is loaded on demand is there in the next turn then.
  await import('./ChosenPictures.vue');
  // The page of the tests keeps no files.
  URL.createObjectURL = () => 'blob:1';
  URL.revokeObjectURL = () => undefined;
});

function aFile(name = 'Sketch of the page.png', bytes = 8): File {
  return new File([new Uint8Array(bytes)], name, { type: 'image/png' });
}

async function openInput(attach: () => unknown) {
  const world = await createWorld({ [`POST ${ATTACHMENTS}`]: attach });
  const wrapper = world.mount(ChatInput, {
    props: {
      ...{ projectId: idOf(10), isRunning: false, isStopping: false, canWrite: true },
      modelValue: 'Like this',
    },
  });
  const paste = async (...files: File[]): Promise<void> => {
    await wrapper.get('textarea').trigger('paste', { clipboardData: { files } });
    await vi.waitFor(async () => {
      await flushPromises();
      expect(wrapper.text()).not.toContain('Uploading');
    });
  };
  return { world, wrapper, paste };
}

describe('pictures in the composer', () => {
  it('are uploaded when they are pasted, and sent with words for those who can’t see them', async () => {
    const { world, wrapper, paste } = await openInput(() => ({ ...SIZE, id: idOf(70) }));
    await paste(aFile());
    expect(world.requests.at(-1)?.body).toEqual({ base64: 'AAAAAAAAAAA=' });
    await wrapper.get('input[aria-label="What picture 1 shows"]').setValue('A sketch');

    await wrapper.get('form').trigger('submit');

    expect(wrapper.emitted('send')).toEqual([
      ['Like this', { attachments: [{ id: idOf(70), alt: 'A sketch' }] }],
    ]);
    expect(wrapper.findAll('img')).toEqual([]);
  });

  it('are four at most, each of five megabytes', async () => {
    let count = 0;
    const { wrapper, paste } = await openInput(() => ({ ...SIZE, id: idOf(70 + count++) }));
    await paste(aFile('large.png', 5 * 1024 * 1024 + 1));
    expect(wrapper.get('[role="alert"]').text()).toContain('more than 5 MB');

    await paste(aFile(), aFile(), aFile(), aFile(), aFile());
    expect(wrapper.findAll('img')).toHaveLength(4);
    expect(wrapper.get('[role="alert"]').text()).toContain('4 pictures at most');
    await wrapper.get('button[aria-label="Remove picture 1"]').trigger('click');
    expect(wrapper.findAll('img')).toHaveLength(3);
  });

  it('that are none are refused in plain words', async () => {
    const { wrapper, paste } = await openInput(() => {
      throw new ApiFailure(422, 'picture_invalid');
    });
    await paste(aFile('page.png'));

    expect(wrapper.get('[role="alert"]').text()).toContain('is no picture that can be used');
    expect(wrapper.findAll('img')).toEqual([]);
  });
});

describe('pictures of a message', () => {
  it('are shown with their words, which stay when a picture is gone', async () => {
    const world = await createWorld({
      [`GET /projects/guestbook/attachments/${idOf(70)}`]: () => ({ dataUrl: 'data:image/png,1' }),
    });
    const pictures = [70, 71].map((id) => ({ ...SIZE, id: idOf(id), alt: `Sketch ${id}` }));
    const { attachments = [] } = aMessage(1, { attachments: pictures });
    const wrapper = world.mount(MessagePictures, {
      props: { slug: 'guestbook', pictures: attachments },
    });
    await flushPromises();

    expect(wrapper.get('img').attributes()).toMatchObject({
      src: 'data:image/png,1',
      alt: 'Sketch 70',
    });
    expect(wrapper.text()).toBe('Sketch 71');
  });
});
