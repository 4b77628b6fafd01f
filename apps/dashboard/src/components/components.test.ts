import { ApiError } from '@spt-flow/shared/api/client';
import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWorld } from '../../test/mount.ts';
import { problemOf } from '../lib/problem.ts';
import ActionMenu from './ActionMenu.vue';
import ChoiceField from './ChoiceField.vue';
import CodeBlock from './CodeBlock.vue';
import DelayedSkeleton from './DelayedSkeleton.vue';
import EmptyState from './EmptyState.vue';
import ErrorCard from './ErrorCard.vue';
import StatusBadge from './StatusBadge.vue';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('ChoiceField', () => {
  it('searches a long list, also by what tells two of the same name apart', async () => {
    const items = Array.from({ length: 30 }, (_, number) => ({
      ...{ label: 'Ada', value: String(number), description: `${number}@example.com` },
    }));
    const props = { items, label: 'Owner', modelValue: '7' };
    const wrapper = (await createWorld({})).mount(ChoiceField, { props });
    await vi.waitFor(() => wrapper.get('[aria-label="Owner: Ada"]'), { timeout: 20_000 });

    await wrapper.get('button').trigger('click');
    const search = await vi.waitFor(
      () => {
        const found = document.querySelector('input[aria-label="Search: Owner"]');
        if (!(found instanceof HTMLInputElement)) throw new Error('There is no search');
        return found;
      },
      { timeout: 20_000 },
    );
    search.value = '29@';
    search.dispatchEvent(new Event('input'));
    await flushPromises();

    const options = [...document.querySelectorAll('[role="option"]')];
    expect(options.map(({ textContent }) => textContent)).toEqual(['Ada29@example.com']);
  });
});

describe('ErrorCard', () => {
  const problem = problemOf(
    new ApiError('git clone exited with 128', {
      code: 'clone_failed',
      status: 502,
      correlationId: 'correlation-77',
    }),
  );

  it('says what happened, what is safe and one action, and folds the rest', async () => {
    const wrapper = (await createWorld({})).mount(ErrorCard, { props: { problem } });

    expect(wrapper.get('p').text()).toBe('The repository could not be cloned');
    expect(wrapper.text()).toContain('Your work is saved. Check the URL and your access to it.');
    expect(wrapper.findAll('button')).toHaveLength(1);
    expect(wrapper.get('details').attributes('open')).toBeUndefined();
    expect(wrapper.get('details').text()).toContain('correlation-77');
    expect(wrapper.get('details').text()).toContain('git clone exited with 128');
  });

  it('shows no code outside the details', async () => {
    const wrapper = (await createWorld({})).mount(ErrorCard, { props: { problem } });
    wrapper.get('details').element.remove();

    expect(wrapper.text()).not.toContain('clone_failed');
    expect(wrapper.text()).not.toContain('128');
  });

  it('reports its action', async () => {
    const wrapper = (await createWorld({})).mount(ErrorCard, {
      props: { problem, actionLabel: 'Start again' },
    });

    await wrapper.get('button').trigger('click');

    expect(wrapper.get('button').text()).toBe('Start again');
    expect(wrapper.emitted('action')).toHaveLength(1);
  });
});

describe('CodeBlock', () => {
  it('copies the code and says so', async () => {
    const writeText = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    const wrapper = (await createWorld({})).mount(CodeBlock, {
      props: { text: 'let a = 1', language: 'js' },
    });

    await wrapper.get('button').trigger('click');
    await flushPromises();

    expect(writeText).toHaveBeenCalledWith('let a = 1');
    expect(wrapper.get('button').attributes('aria-label')).toBe('Copied');
  });

  it('says how to copy where the browser gives no clipboard', async () => {
    vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new Error('not permitted'));
    const wrapper = (await createWorld({})).mount(CodeBlock, { props: { text: 'let a = 1' } });

    await wrapper.get('button').trigger('click');
    await flushPromises();

    expect(wrapper.get('button').attributes('aria-label')).toBe('Select the text to copy it');
  });
});

describe('DelayedSkeleton', () => {
  it('shows nothing for 200 ms and then its rows', async () => {
    const world = await createWorld({});
    vi.useFakeTimers();
    const wrapper = world.mount(DelayedSkeleton, { props: { rows: 2 } });

    await vi.advanceTimersByTimeAsync(199);
    expect(wrapper.findAll('.animate-pulse')).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);

    expect(wrapper.findAll('.animate-pulse')).toHaveLength(2);
  });
});

describe('EmptyState', () => {
  it('explains itself and offers the first step', async () => {
    const wrapper = (await createWorld({})).mount(EmptyState, {
      props: { icon: 'i-lucide-box', title: 'No projects yet', text: 'Start one.' },
      slots: { default: '<a href="/new">New project</a>' },
    });

    expect(wrapper.get('h2').text()).toBe('No projects yet');
    expect(wrapper.get('a').attributes('href')).toBe('/new');
  });
});

describe('StatusBadge', () => {
  it('names the state in words, not only in colour', async () => {
    const wrapper = (await createWorld({})).mount(StatusBadge, {
      props: { label: 'Starting', tone: 'info', isMoving: true },
    });

    expect(wrapper.text()).toBe('Starting');
  });
});

describe('ActionMenu', () => {
  it('opens its items on the first click', async () => {
    const wrapper = (await createWorld({})).mount(ActionMenu, {
      props: { items: [[{ label: 'Sign out' }]] },
      slots: { default: '<button>Menu</button>' },
    });

    await wrapper.get('button').trigger('click');

    await vi.waitFor(() => expect(document.body.textContent).toContain('Sign out'));
  });
});
