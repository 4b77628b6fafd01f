import type { Project } from '@spt-flow/shared/api/projects';
import { flushPromises, type VueWrapper } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { aProject, aTransition, aWorkspace, idOf } from '../../../test/fixtures.ts';
import { createWorld } from '../../../test/mount.ts';
import PreviewPane from './PreviewPane.vue';

const ORIGIN = 'http://guestbook.preview.localhost:8080';
const SIGNED_IN = `${ORIGIN}/.spt-flow/session?code=c`;
const CHALLENGE = 'c'.repeat(43);

async function open(project: Project, isAnswering = true) {
  let answering = isAnswering;
  const world = await createWorld({
    'POST /previews/sign-in': () => ({ url: SIGNED_IN }),
    'GET /deploy-status': () => ({
      items: [
        {
          projectId: project.id,
          slug: project.slug,
          status: project.status,
          commit: null,
          previewUrl: project.previewUrl,
          answering,
        },
      ],
    }),
    [`POST /workspaces/${idOf(20)}/start`]: () => aWorkspace({ actualState: 'starting' }),
    [`GET /workspaces/${idOf(20)}/transitions`]: () => ({
      items: [aTransition()],
      nextCursor: null,
    }),
  });
  const wrapper = world.mount(PreviewPane, { props: { project, revision: 0 } });
  await flushPromises();
  return { world, wrapper, setAnswering: (next: boolean) => (answering = next) };
}

describe('PreviewPane', () => {
  it('shows a running app in a sandbox', async () => {
    const { wrapper } = await open(aProject());
    const frame = wrapper.get('iframe');

    expect(frame.attributes('src')).toBe('http://guestbook.preview.localhost:8080/');
    expect(frame.attributes('sandbox')?.split(' ')).not.toContain('allow-top-navigation');
    expect(frame.attributes('title')).toBe('Preview of Guestbook');
  });

  it.each<[string, Project, boolean, string]>([
    [
      'stopped machine',
      aProject({ workspace: aWorkspace({ actualState: 'stopped', desiredState: 'stopped' }) }),
      false,
      'Your app is asleep',
    ],
    [
      'starting machine',
      aProject({ workspace: aWorkspace({ actualState: 'starting' }) }),
      false,
      'Your app’s machine is starting',
    ],
    [
      'stopping machine',
      aProject({ workspace: aWorkspace({ actualState: 'stopping', desiredState: 'stopped' }) }),
      false,
      'Your app is going to sleep',
    ],
    [
      'failed machine',
      aProject({ workspace: aWorkspace({ actualState: 'failed', failure: 'No space left' }) }),
      false,
      'No space left',
    ],
    ['project without an app', aProject({ status: 'created' }), false, 'Your app appears here'],
    ['app that is being built', aProject({ status: 'building' }), false, 'Putting it together'],
    ['app that does not answer', aProject(), false, 'Your app does not answer'],
    ['project without a machine', aProject({ workspace: null }), false, 'Your app has no machine'],
    [
      'repository without an app',
      aProject({ status: 'created', repositoryUrl: 'https://example.com/team/app.git' }),
      false,
      'spt-flow ssh guestbook',
    ],
  ])(
    'says what is the matter instead of an error page: %s',
    async (_case, project, isAnswering, text) => {
      const { wrapper } = await open(project, isAnswering);

      // The command comes by itself when it is needed.
      await expect.poll(() => wrapper.text()).toContain(text);
      expect(wrapper.find('iframe').exists()).toBe(false);
    },
  );

  it('keeps showing an app that answers while it is changed', async () => {
    const { wrapper } = await open(aProject({ status: 'building' }), true);

    expect(wrapper.find('iframe').exists()).toBe(true);
  });

  it('keeps the app in view while a change to it is tried out', async () => {
    const { wrapper, setAnswering } = await open(aProject());
    setAnswering(false);

    await wrapper.setProps({ project: aProject({ status: 'building' }) });
    await flushPromises();
    expect(wrapper.find('iframe').exists()).toBe(true);
    await wrapper.setProps({ project: aProject({ status: 'failed' }) });
    await flushPromises();

    expect(wrapper.text()).toContain('Your app does not answer');
  });

  it('starts the machine of an app that is asleep', async () => {
    const { world, wrapper } = await open(
      aProject({ workspace: aWorkspace({ actualState: 'stopped', desiredState: 'stopped' }) }),
      false,
    );

    await wrapper
      .findAll('button')
      .find((button) => button.text() === 'Start')
      ?.trigger('click');
    await flushPromises();

    expect(world.requests.map((request) => `${request.method} ${request.path}`)).toContain(
      `POST /api/v1/workspaces/${idOf(20)}/start`,
    );
  });

  it('goes to a path of the app and stays on its host', async () => {
    const { wrapper } = await open(aProject());

    await wrapper.get('input').setValue('/entries?page=2');
    await wrapper.get('form').trigger('submit');
    expect(wrapper.get('iframe').attributes('src')).toBe(
      'http://guestbook.preview.localhost:8080/entries?page=2',
    );
    await wrapper.get('input').setValue('https://elsewhere.example/steal');
    await wrapper.get('form').trigger('submit');

    expect(wrapper.get('iframe').attributes('src')).toBe(
      'http://guestbook.preview.localhost:8080/steal',
    );
  });

  function askFrom(wrapper: VueWrapper, change: Partial<MessageEventInit> = {}): void {
    window.dispatchEvent(
      new MessageEvent('message', {
        data: { type: 'spt-flow.preview.sign-in', challenge: CHALLENGE },
        origin: ORIGIN,
        source: wrapper.get<HTMLIFrameElement>('iframe').element.contentWindow,
        ...change,
      }),
    );
  }

  it('signs in at the preview when the frame asks for it, once for each load', async () => {
    const { world, wrapper } = await open(aProject());
    await wrapper.get('input').setValue('/entries?page=2');
    await wrapper.get('form').trigger('submit');

    askFrom(wrapper);
    await flushPromises();

    expect(world.requests.filter(({ method }) => method === 'POST')).toEqual([
      {
        method: 'POST',
        path: '/api/v1/previews/sign-in',
        body: { label: 'guestbook', challenge: CHALLENGE, path: '/entries?page=2' },
      },
    ]);
    expect(wrapper.get('iframe').attributes('src')).toBe(SIGNED_IN);
    askFrom(wrapper);
    await flushPromises();
    expect(world.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);

    await wrapper.get('[aria-label="Reload the preview"]').trigger('click');
    await flushPromises();
    expect(wrapper.get('iframe').attributes('src')).toBe(`${ORIGIN}/entries?page=2`);
  });

  it.each<[string, Partial<MessageEventInit>]>([
    ['of another origin', { origin: 'https://evil.example' }],
    ['of another window', { source: window }],
    ['that it does not know', { data: { type: 'spt-flow.preview.sign-in', challenge: 'x' } }],
  ])('does not answer a message %s', async (_case, change) => {
    const { world, wrapper } = await open(aProject());

    askFrom(wrapper, change);
    await flushPromises();

    expect(world.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('takes a text that is no address as it can', async () => {
    const { wrapper } = await open(aProject());

    await wrapper.get('input').setValue('http://[');
    await wrapper.get('form').trigger('submit');

    expect(wrapper.get('iframe').attributes('src')).toMatch(
      /^http:\/\/guestbook\.preview\.localhost:8080\//,
    );
  });

  it('loads the app again when a change has reached it', async () => {
    const { wrapper } = await open(aProject());
    const before = wrapper.get('iframe').element;

    await wrapper.setProps({ revision: 1 });
    await flushPromises();

    expect(wrapper.get('iframe').element).not.toBe(before);
  });

  it('notices by itself that a silent app answers now', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const { wrapper, setAnswering } = await open(aProject(), false);
      setAnswering(true);

      vi.advanceTimersByTime(2000);
      await flushPromises();

      expect(wrapper.find('iframe').exists()).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it('notices on request that a silent app answers now', async () => {
    const { wrapper, setAnswering } = await open(aProject(), false);
    setAnswering(true);

    await wrapper
      .findAll('button')
      .find((button) => button.text() === 'Check again')
      ?.trigger('click');
    await flushPromises();

    expect(wrapper.find('iframe').exists()).toBe(true);
  });

  it('narrows the app to the width of a phone', async () => {
    const { wrapper } = await open(aProject());

    await wrapper.get('[aria-label="Phone"]').trigger('click');

    expect(wrapper.get('iframe').attributes('style')).toBe('width: 390px;');
    expect(wrapper.get('[aria-label="Phone"]').attributes('aria-pressed')).toBe('true');
  });
});
