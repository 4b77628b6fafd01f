import {
  groupMembers,
  groups,
  loginSessions,
  organizationMembers,
  organizations,
  userIdentities,
  users,
} from '@spt-flow/db/schema';
import { describe, expect, it } from 'vitest';
import { OWN_ORIGIN } from '../support/auth-app.ts';
import { CLOSED, OPEN, useOidcStage } from './oidc-stage.ts';
import { ADA, follow, oidcSettings } from './sign-in-stage.ts';

const HAS_ADDRESS = { email: ADA.email, email_verified: true, groups: ['admins'] };

describe('sign-in with OpenID Connect', () => {
  const on = useOidcStage();

  it('lets somebody in with the role of their group, and back to where they wanted to go', async () => {
    const first = await on.signIn({ next: '/device?code=BDWP-HQPK' });
    const again = await on.signIn();

    expect(first.location).toBe('/device?code=BDWP-HQPK');
    expect(await on.roleOf(first.cookie)).toBe('developer');
    expect(again.location).toBe('/');
    expect(await on.db.$count(users)).toBe(2);
    expect(await on.db.$count(userIdentities)).toBe(1);
  });

  it('sends nobody to another site', async () => {
    for (const next of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/\t/evil.example',
    ])
      expect((await on.signIn({ next })).location).toBe('/');
  });

  it('uses PKCE, state and nonce, and asks again who it is when told to or to link', async () => {
    const { data } = await on.stage.begin('oidc', { askAgain: true });
    const linking = await on.stage.link('oidc', on.admin);

    const asked = Object.fromEntries(new URL(data.url).searchParams);
    expect(asked).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      prompt: 'login',
      redirect_uri: `${OWN_ORIGIN}/api/v1/auth/callback/oidc`,
    });
    for (const secret of ['state', 'nonce', 'code_challenge'])
      expect(asked[secret]).toMatch(/^[\w-]{43}$/);
    expect(new URL(linking.data.url).searchParams.get('prompt')).toBe('login');
  });

  it('lets go of what was begun and never finished, before a browser has too much of it', async () => {
    const begun = await Promise.all([1, 2, 3].map(() => on.stage.begin('oidc')));
    const cookie = begun.map((one) => one.cookie).join('; ');
    const response = await on.stage.app.inject({
      ...{ method: 'POST', url: '/api/v1/auth/methods/oidc/sign-in', payload: {} },
      headers: { cookie, host: 'localhost:8080' },
    });

    expect(response.cookies.map(({ maxAge }) => maxAge)).toEqual([0, 0, 0, 900]);
  });

  describe('groups', () => {
    it.each([
      [['admins', 'readonly'], 'admin'],
      ['developers', 'developer'],
      [['/readonly', 7, null], 'readonly'],
      [['/guests/admins'], 'readonly'],
      ['["admins"]', 'readonly'],
      [undefined, 'readonly'],
    ])('%j make somebody %s', async (groups, role) => {
      await on.restart({
        oidc: { ...oidcSettings(on.provider.issuer), withoutGroup: 'readonly' },
        signUp: OPEN,
      });
      on.isBen({ groups });

      expect(await on.roleOf((await on.signIn()).cookie)).toBe(role);
    });

    it('lower a role when somebody is taken out of one', async () => {
      on.isBen({ groups: ['admins'] });
      const before = await on.signIn();
      on.isBen({ groups: ['readonly'] });
      await on.signIn();

      expect(await on.roleOf(before.cookie)).toBe('readonly');
    });

    it('are followed by groups here at each sign-in', async () => {
      const [organization] = await on.db.select().from(organizations);
      if (!organization) throw new Error('there is no organization');
      const { id: organizationId } = organization;
      await on.db.insert(groups).values({ organizationId, name: '/shop', follows: 'oidc' });

      on.isBen({ groups: ['/developers', '/shop'] });
      await on.signIn();
      expect(await on.db.$count(groupMembers)).toBe(1);
      on.isBen({ groups: ['/developers'] });
      await on.signIn();
      expect(await on.db.$count(groupMembers)).toBe(0);
    });

    it('refuse who is in none, and end what they are signed in with', async () => {
      const before = await on.signIn();
      await on.restart({ oidc: { ...oidcSettings(on.provider.issuer), withoutGroup: 'refuse' } });
      on.isBen({ groups: ['somewhere/admins'] });

      expect((await on.signIn()).problem).toBe('sign_in_refused');
      expect(await on.roleOf(before.cookie)).toBeUndefined();
    });

    it('never take the last admin away', async () => {
      await on.link(on.admin);
      const back = await on.signIn();

      expect(await on.roleOf(back.cookie)).toBe('admin');
    });
  });

  describe('accounts', () => {
    it('are for invited people only, unless told', async () => {
      await on.restart({ signUp: CLOSED });
      const uninvited = await on.signIn();
      const invited = await on.stage.call('POST', '/invitations', {
        as: on.admin,
        body: { role: 'readonly', email: 'BEN@example.com' },
      });

      expect(uninvited.problem).toBe('signup_closed');
      expect(invited.status).toBe(201);
      expect(await on.roleOf((await on.signIn()).cookie)).toBe('developer');
    });

    it('are made with the link of an invitation, once', async () => {
      await on.restart({ signUp: CLOSED });
      const { data } = await on.stage.call('POST', '/invitations', {
        as: on.admin,
        body: { role: 'readonly' },
      });
      const invitation = new URL(data.url).pathname.split('/').at(-1);
      on.isBen();
      const joined = await on.signIn({ invitation });
      on.provider.state.person = {
        subject: 'eve',
        claims: { email: 'eve@example.com', email_verified: true, name: 'Eve' },
      };

      expect(await on.roleOf(joined.cookie)).toBe('readonly');
      expect((await on.signIn({ invitation })).problem).toBe('invitation_invalid');
    });

    it('need a verified address, of the domains that may come', async () => {
      on.isBen({ email_verified: false });
      const unverified = await on.signIn();
      on.isBen({ email_verified: undefined });
      const unsaid = await on.signIn();
      on.isBen();
      await on.restart({ signUp: { ...OPEN, domains: ['acme.com'] } });

      expect([unverified.problem, unsaid.problem]).toEqual([
        'email_not_verified',
        'email_not_verified',
      ]);
      expect((await on.signIn()).problem).toBe('signup_closed');
    });

    it('with the same address are linked only by who is signed in to them', async () => {
      on.isBen({ email: ADA.email });
      const stranger = await on.signIn();
      const linked = await on.link(on.admin);
      const back = await on.signIn();

      expect(stranger.problem).toBe('sign_in_link_first');
      expect(linked.location).toBe('/settings');
      expect(await on.roleOf(back.cookie)).toBe('admin');
      expect(await on.db.$count(users)).toBe(1);
    });

    it('are taken over by a verified address where that is the policy, without what opened them before', async () => {
      await on.restart({ linkByEmail: true });
      on.isBen({ email: 'ADA@example.com', groups: ['admins'] });
      const taken = await on.signIn();
      const { email, password } = ADA;
      const byPassword = await on.stage.call('POST', '/auth/login', { body: { email, password } });
      on.provider.state.person = { subject: 'the next who has it', claims: HAS_ADDRESS };

      expect(await on.roleOf(taken.cookie)).toBe('admin');
      expect(await on.roleOf(on.admin)).toBeUndefined();
      expect(byPassword.code).toBe('wrong_credentials');
      expect((await on.signIn()).problem).toBe('sign_in_link_first');
    });

    it('stay the same when the address changes there, and with whoever is linked', async () => {
      const before = await on.signIn();
      on.isBen({ email: 'benjamin@example.com', groups: ['developers'] });
      const after = await on.signIn();
      const [one, two] = await Promise.all(
        [before, after].map(({ cookie }) => on.stage.call('GET', '/auth/me', { as: cookie })),
      );

      expect(one?.data.id).toBe(two?.data.id);
      expect((await on.link(on.admin)).problem).toBe('identity_taken');
    });

    it('that were removed are signed out, and do not come back by themselves', async () => {
      const before = await on.signIn();
      const me = await on.stage.call('GET', '/auth/me', { as: before.cookie });
      await on.stage.call('DELETE', `/members/${me.data.id}`, { as: on.admin });

      expect(await on.roleOf(before.cookie)).toBeUndefined();
      expect((await on.signIn()).problem).toBe('signup_closed');
      expect(await on.db.$count(organizationMembers)).toBe(1);
    });

    it('are unlinked, unless nothing else opens them; their logins end', async () => {
      const ben = await on.signIn();
      const of = async (as: string) =>
        (await on.stage.call('GET', '/auth/identities', { as })).data;
      const bens = await of(ben.cookie);
      const only = await on.stage.call('DELETE', `/auth/identities/${bens.items[0]?.id ?? ''}`, {
        as: ben.cookie,
      });
      on.isBen({});
      on.provider.state.person = { subject: 'ada', claims: {} };
      await on.link(on.admin);
      const adas = await of(on.admin);
      const unlinked = await on.stage.call(
        'DELETE',
        `/auth/identities/${adas.items[0]?.id ?? ''}`,
        {
          as: on.admin,
        },
      );

      expect(bens).toMatchObject({ hasPassword: false, items: [{ name: 'Keycloak' }] });
      expect(only.code).toBe('last_sign_in');
      expect([unlinked.status, await on.roleOf(on.admin)]).toEqual([200, 'admin']);
    });
  });

  it('ends after a day, however much it is used', async () => {
    const { cookie } = await on.signIn();
    on.stage.later(120_000);
    await on.roleOf(cookie);
    const [session] = (await on.db.select().from(loginSessions)).filter((row) => row.identityId);

    const hours = ((session?.expiresAt.getTime() ?? 0) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23);
    expect(hours).toBeLessThanOrEqual(24);
  });

  it('switches passwords off, but for the link to a new one', async () => {
    await on.restart({ passwords: false });
    const { email, password } = ADA;
    const login = await on.stage.call('POST', '/auth/login', { body: { email, password } });
    const url = await on.stage.membership.invitations.recover(email);
    const token = new URL(url).pathname.split('/').at(-1);
    const body = { token, password: 'three small boats' };
    const recovered = await on.stage.call('POST', '/invitations/acceptance', { body });

    expect(login.code).toBe('passwords_off');
    expect(await on.roleOf(recovered.cookie)).toBe('admin');
  });

  it.each([
    [
      'does not know what to do',
      (response: { statusCode: number; end(): void }) => {
        response.statusCode = 502;
        response.end();
      },
    ],
    [
      'answers without end',
      (response: { end(text: string): void }) => response.end('x'.repeat(2_000_000)),
    ],
  ])('says that a provider which %s does not answer', async (_name, spoil) => {
    const begun = await on.stage.begin('oidc');
    const back = await follow(begun.data.url);
    on.provider.state.intercept = (_request, response) => {
      spoil(response);
      return true;
    };

    expect((await on.stage.comeBack(back, begun.cookie)).problem).toBe('sign_in_unavailable');
  });

  it('goes on with passwords while the provider is away, and says so', async () => {
    await on.restart({ oidc: { ...oidcSettings('http://localhost:9'), withoutGroup: 'keep' } });
    const begun = await on.stage.begin('oidc');
    const methods = await on.stage.call('GET', '/auth/methods');
    const { email, password } = ADA;
    const login = await on.stage.call('POST', '/auth/login', { body: { email, password } });

    expect(begun.code).toBe('sign_in_unavailable');
    expect(methods.data.methods).toMatchObject([{ id: 'oidc', isAnswering: false }]);
    expect(login.status).toBe(200);
  });
});
