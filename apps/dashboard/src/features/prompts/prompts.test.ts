import type { SavedPrompt } from '@spt-flow/shared/api/prompts';
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { idOf } from '../../../test/fixtures.ts';
import { createWorld } from '../../../test/mount.ts';
import ChatInput from '../chat/writing/ChatInput.vue';
import { promptMatches, promptQuery } from './prompt-matches.ts';
import PromptMenu from './PromptMenu.vue';
import PromptSettings from './PromptSettings.vue';

function aPrompt(number: number, change: Partial<SavedPrompt> = {}): SavedPrompt {
  return {
    ...{ id: idOf(number), name: `Prompt ${number}`, text: `Text ${number}` },
    ...{ isShared: false, isMine: true, ownerName: 'Ada Lovelace' },
    updatedAt: '2026-01-02T03:04:05.000Z',
    ...change,
  };
}

describe('a query for prompts', () => {
  it('begins with a slash and is one line', () => {
    expect(promptQuery('/')).toBe('');
    expect(promptQuery('/Blue')).toBe('blue');
    expect(promptQuery('make /blue')).toBeUndefined();
    expect(promptQuery('/blue\nnow')).toBeUndefined();
  });

  it('finds names that begin with it before those that hold it', () => {
    const prompts = [aPrompt(1, { name: 'Make blue' }), aPrompt(2, { name: 'Blue' })];
    expect(promptMatches(prompts, 'bl').map(({ id }) => id)).toEqual([idOf(2), idOf(1)]);
    expect(promptMatches(prompts, 'x')).toEqual([]);
  });
});

describe('the menu of prompts', () => {
  async function open() {
    const world = await createWorld({
      'GET /prompts': () => ({ items: [aPrompt(1), aPrompt(2)] }),
    });
    const wrapper = world.mount(ChatInput, {
      props: {
        ...{ projectId: idOf(10), isRunning: false, isStopping: false, canWrite: true },
        modelValue: '/pro',
        'onUpdate:modelValue': (modelValue: string) => wrapper.setProps({ modelValue }),
      },
    });
    await expect.poll(() => wrapper.findAll('[role="option"]').length, { timeout: 20_000 }).toBe(2);
    const field = wrapper.get('textarea');
    return { wrapper, field, key: (key: string) => field.trigger('keydown', { key }) };
  }

  it('is used from the field with the keys alone', async () => {
    const { wrapper, field, key } = await open();
    expect(field.attributes('aria-activedescendant')).toContain(idOf(1));
    expect(field.attributes('aria-controls')).toBe(
      wrapper.get('[role="listbox"]').attributes('id'),
    );

    await key('ArrowDown');
    expect(wrapper.get('[aria-selected="true"]').text()).toContain('Prompt 2');
    expect(field.attributes('aria-activedescendant')).toContain(idOf(2));
    await key('Enter');

    expect(field.element.value).toBe('Text 2');
    expect(wrapper.emitted('send')).toBeUndefined();
    expect(wrapper.find('[role="listbox"]').exists()).toBe(false);
  });

  it('closes with Escape, and what was typed can be sent', async () => {
    const { wrapper, key } = await open();

    await key('Escape');
    expect(wrapper.find('[role="listbox"]').exists()).toBe(false);
    await key('Enter');

    expect(wrapper.emitted('send')?.[0]?.[0]).toBe('/pro');
  });
});

describe('the menu without prompts', () => {
  it('leads to where one adds some', async () => {
    const world = await createWorld({ 'GET /prompts': () => ({ items: [] }) });
    const wrapper = world.mount(PromptMenu, { props: { id: 'menu', query: '' } });
    await flushPromises();

    expect(wrapper.text()).toContain('You have no saved prompts yet');
    expect(wrapper.get('a').attributes('href')).toBe('/settings#prompts');
  });
});

describe('the settings of prompts', () => {
  it('bring the form to the prompt that is changed, and empty it when that is deleted', async () => {
    const prompts = [aPrompt(1)];
    const world = await createWorld({
      'GET /prompts': () => ({ items: prompts }),
      [`DELETE /prompts/${idOf(1)}`]: () => ({}),
    });
    const wrapper = world.mount(PromptSettings);
    await flushPromises();

    await wrapper.get('button[aria-label="Change Prompt 1"]').trigger('click');
    expect(document.activeElement).toBe(wrapper.get('input').element);
    expect(wrapper.get('form').text()).toContain('Change “Prompt 1”');
    prompts.pop();
    await wrapper.get('button[aria-label="Delete Prompt 1"]').trigger('click');
    await flushPromises();

    expect(wrapper.get('input').element.value).toBe('');
    expect(wrapper.get('button[type="submit"]').text()).toBe('Add');
  });

  it('add, change and delete prompts', async () => {
    const prompts = [aPrompt(1), aPrompt(2, { isMine: false, isShared: true, ownerName: 'Grace' })];
    const world = await createWorld({
      'GET /prompts': () => ({ items: prompts }),
      'POST /prompts': () => aPrompt(3),
      [`PUT /prompts/${idOf(1)}`]: () => aPrompt(1),
      [`DELETE /prompts/${idOf(2)}`]: () => ({}),
    });
    const wrapper = world.mount(PromptSettings);
    await flushPromises();
    expect(wrapper.text()).toContain('Shared by Grace');
    expect(wrapper.find('button[aria-label="Change Prompt 2"]').exists()).toBe(false);

    await wrapper.get('input').setValue('Blue');
    await wrapper.get('textarea').setValue('Make it blue');
    await wrapper.get('form').trigger('submit');
    await flushPromises();
    await wrapper.get('button[aria-label="Change Prompt 1"]').trigger('click');
    await wrapper.get('textarea').setValue('Other text');
    await wrapper.get('form').trigger('submit');
    await flushPromises();
    await wrapper.get('button[aria-label="Delete Prompt 2"]').trigger('click');
    expect(wrapper.text()).toContain('Grace and everybody else lose this prompt');
    expect(world.requests.some(({ method }) => method === 'DELETE')).toBe(false);
    await wrapper.get('[role="group"] button').trigger('click');
    await flushPromises();
    expect(wrapper.find('[role="status"]').exists()).toBe(false);

    expect(world.requests.filter(({ method }) => method !== 'GET')).toMatchObject([
      { method: 'POST', body: { name: 'Blue', text: 'Make it blue', isShared: false } },
      { method: 'PUT', body: { name: 'Prompt 1', text: 'Other text', isShared: false } },
      { method: 'DELETE' },
    ]);
    expect(wrapper.get('input').element.value).toBe('');
  });

  it('bring back what one has deleted', async () => {
    const prompts = [aPrompt(1, { isShared: true })];
    const world = await createWorld({
      'GET /prompts': () => ({ items: prompts }),
      'POST /prompts': () => (prompts.push(aPrompt(2)), aPrompt(2)),
      [`DELETE /prompts/${idOf(1)}`]: () => (prompts.pop(), {}),
    });
    const wrapper = world.mount(PromptSettings);
    await flushPromises();

    await wrapper.get('button[aria-label="Delete Prompt 1"]').trigger('click');
    await flushPromises();
    const undo = wrapper.get('[role="status"] button');
    expect(document.activeElement).toBe(undo.element);
    await undo.trigger('click');
    await flushPromises();

    expect(world.requests.at(-2)).toMatchObject({
      method: 'POST',
      body: { name: 'Prompt 1', text: 'Text 1', isShared: true },
    });
    expect(wrapper.find('[role="status"]').exists()).toBe(false);
    expect(wrapper.text()).toContain('Prompt 2');
  });
});
