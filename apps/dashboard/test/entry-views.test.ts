import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import DeviceView from '../src/views/DeviceView.vue';
import LoginView from '../src/views/LoginView.vue';
import SetupView from '../src/views/SetupView.vue';
import { aMe } from './fixtures.ts';
import { ApiFailure, button, createWorld } from './mount.ts';

const KEYCLOAK = { id: 'oidc', name: 'Keycloak', isAnswering: false, signOutUrl: null };

describe('setup page', () => {
  it('creates the first admin with the token of the link and asks what to build', async () => {
    const world = await createWorld({ 'POST /setup': () => aMe() }, '/setup/the-token-of-the-link');
    world.router.addRoute({ path: '/setup/:token', component: SetupView });
    await world.router.replace('/setup/the-token-of-the-link?again');
    const wrapper = world.mount(SetupView);
    const [name, email, password] = wrapper.findAll('input');
    await name?.setValue('Ada');
    await email?.setValue('ada@example.com');
    await password?.setValue('correct horse');

    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(world.requests).toMatchObject([
      {
        path: '/api/v1/setup',
        body: { token: 'the-token-of-the-link', name: 'Ada', password: 'correct horse' },
      },
    ]);
    expect(world.router.currentRoute.value.path).toBe('/new');
  });

  it('explains a link that was used', async () => {
    const world = await createWorld({
      'POST /setup': () => {
        throw new ApiFailure(403, 'setup_token_invalid');
      },
    });
    const wrapper = world.mount(SetupView);

    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(wrapper.get('[role="alert"]').text()).toContain(
      'Restart spt-flow and open the link it prints',
    );
  });
});

describe('login page', () => {
  it('signs in and goes where the person wanted to go', async () => {
    const world = await createWorld(
      { 'GET /setup': () => ({ needed: false }), 'POST /auth/login': () => aMe() },
      '/login?next=/p/guestbook',
    );
    const wrapper = world.mount(LoginView);
    await flushPromises();

    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(world.router.currentRoute.value.fullPath).toBe('/p/guestbook');
  });

  it('goes on through the server when a preview has sent the person', async () => {
    const world = await createWorld(
      { 'GET /setup': () => ({ needed: false }), 'POST /auth/login': () => aMe() },
      '/login?next=/api/v1/previews/sign-in?label%3Dcafe',
    );
    const assign = vi.spyOn(window.location, 'assign').mockImplementation(() => undefined);
    const wrapper = world.mount(LoginView);
    await flushPromises();

    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(assign).toHaveBeenCalledWith('/api/v1/previews/sign-in?label=cafe');
    expect(world.router.currentRoute.value.path).toBe('/login');
  });

  it('keeps the form when the password is wrong', async () => {
    const world = await createWorld({
      'GET /setup': () => ({ needed: false }),
      'POST /auth/login': () => {
        throw new ApiFailure(401, 'wrong_credentials');
      },
    });
    const wrapper = world.mount(LoginView);
    await flushPromises();
    await wrapper.get('input[type="email"]').setValue('ada@example.com');

    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(wrapper.get('[role="alert"]').text()).toContain('E-mail or password is wrong');
    expect(wrapper.get<HTMLInputElement>('input[type="email"]').element.value).toBe(
      'ada@example.com',
    );
  });

  it('leaves for where people sign in, and says why somebody came back in vain', async () => {
    const world = await createWorld(
      {
        'GET /setup': () => ({ needed: false }),
        'GET /auth/methods': () => ({ passwords: false, signUp: false, methods: [KEYCLOAK] }),
        'POST /auth/methods/oidc/sign-in': () => ({ url: 'https://id.example.com/auth?state=1' }),
      },
      '/login?problem=sign_in_refused&id=abcdefgh&next=/p/guestbook',
    );
    const assign = vi.spyOn(window.location, 'assign').mockImplementation(() => undefined);
    const wrapper = world.mount(LoginView);
    await flushPromises();
    expect(wrapper.get('[role="alert"]').text()).toContain('in no group that may use spt-flow');
    expect(wrapper.text()).toContain('Keycloak did not answer a moment ago');
    expect(wrapper.find('form').exists()).toBe(false);

    await button(wrapper, 'Continue with Keycloak').trigger('click');
    await flushPromises();

    // With the account that was refused it would only be refused again.
    expect(world.requests.at(-1)?.body).toEqual({ next: '/p/guestbook', askAgain: true });
    expect(assign).toHaveBeenCalledWith('https://id.example.com/auth?state=1');
  });

  it('goes straight where the command line was told to', async () => {
    const world = await createWorld(
      {
        'GET /setup': () => ({ needed: false }),
        'GET /auth/methods': () => ({ passwords: true, signUp: true, methods: [KEYCLOAK] }),
        'POST /auth/methods/oidc/sign-in': () => ({ url: 'https://id.example.com/auth' }),
      },
      `/login?next=${encodeURIComponent('/device?code=BDWP-HQPK&method=oidc')}`,
    );
    const assign = vi.spyOn(window.location, 'assign').mockImplementation(() => undefined);
    const wrapper = world.mount(LoginView);
    await flushPromises();

    expect(assign).toHaveBeenCalledWith('https://id.example.com/auth');
    expect(wrapper.text()).toContain('No account yet?');
  });

  it('points to the printed link while there is no account', async () => {
    const world = await createWorld({ 'GET /setup': () => ({ needed: true }) });
    const wrapper = world.mount(LoginView);
    await flushPromises();

    expect(wrapper.text()).toContain('it printed a link that creates the first account');
  });
});

describe('device page', () => {
  const path = '/auth/device-logins/ABCD-EFGH';
  const answers = {
    [`GET ${path}`]: () => ({
      clientName: 'spt-flow on laptop',
      requestedAt: '2026-01-02T03:04:05.000Z',
    }),
    [`POST ${path}/approval`]: () => ({}),
  };

  it.each([
    ['Approve', true, 'Signed in'],
    ['Deny', false, 'Nobody was signed in'],
  ])('shows who asks and sends the answer %s', async (label, approve, text) => {
    const world = await createWorld(answers, '/device?code=ABCD-EFGH');
    const wrapper = world.mount(DeviceView);
    await flushPromises();
    expect(wrapper.text()).toContain('spt-flow on laptop asks to act as Ada Lovelace');

    await button(wrapper, label).trigger('click');
    await flushPromises();

    expect(world.requests.at(-1)?.body).toEqual({ approve });
    expect(wrapper.text()).toContain(text);
  });

  it('forgives case and a missing dash in a code that is typed', async () => {
    const world = await createWorld(answers, '/device');
    const wrapper = world.mount(DeviceView);

    await wrapper.get('input').setValue('abcd efgh');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(wrapper.text()).toContain('ABCD-EFGH');
    expect(wrapper.text()).toContain('Approve this sign-in?');
  });

  it('explains an unknown code', async () => {
    const world = await createWorld({}, '/device?code=ZZZZ-ZZZZ');
    const wrapper = world.mount(DeviceView);
    await flushPromises();

    expect(wrapper.get('[role="alert"]').text()).toContain('Not found');
  });
});
