import { loginSessions, organizationMembers, userIdentities, users } from '@spt-flow/db/schema';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  startOpenidProvider,
  type OpenidProvider,
} from '../../../../scripts/lib/openid-provider.mjs';
import { OWN_ORIGIN } from '../support/auth-app.ts';
import { useDatabases } from '../support/database.ts';
import { ADA, createSignInStage, follow, oidcSettings, type SignInStage } from './sign-in-stage.ts';

const BEN = { sub: 'ben-of-keycloak', email: 'ben@example.com', name: 'Ben' };
const HAS_ADDRESS = { email: ADA.email, email_verified: true, groups: ['admins'] };
const CLOSED = { who: 'nobody', domains: null, role: 'readonly' } as const;
const OPEN = { ...CLOSED, who: 'providers' } as const;

describe('sign-in with OpenID Connect', () => {
  const newDatabase = useDatabases();
  let provider: OpenidProvider;
  let db: Awaited<ReturnType<typeof newDatabase>>['db'];
  let stage: SignInStage;
  let admin: string;

  beforeAll(async () => {
    provider = await startOpenidProvider({
      redirectUri: `${OWN_ORIGIN}/api/v1/auth/callback/oidc`,
    });
  });
  afterAll(() => provider.close());
  beforeEach(async () => {
    ({ db } = await newDatabase());
    provider.state.intercept = undefined;
    isBen({ groups: ['/developers'] });
    await restart({ signUp: OPEN });
    admin = await stage.setUp();
  });
  afterEach(() => stage.app.close());

  type Settings = Parameters<typeof createSignInStage>[1];

  async function restart({ oidc, ...settings }: Settings = {}): Promise<void> {
    const all = { oidc: { ...oidcSettings(provider.issuer), ...oidc }, ...settings };
    stage = await createSignInStage(db, all);
  }

  function isBen(claims: object = {}): void {
    const { sub: subject, ...known } = BEN;
    provider.state.person = { subject, claims: { email_verified: true, ...known, ...claims } };
  }

  async function signIn(body: object = {}) {
    const begun = await stage.begin('oidc', body);
    return stage.comeBack(await follow(begun.data.url), begun.cookie);
  }

  async function link(as: string) {
    const begun = await stage.link('oidc', as);
    return stage.comeBack(await follow(begun.data.url), `${begun.cookie}; ${as}`);
  }

  async function roleOf(cookie: string): Promise<string | undefined> {
    const me = await stage.call('GET', '/auth/me', { as: cookie });
    return me.status === 200 ? me.data.role : undefined;
  }

  it('lets somebody in with the role of their group, and back to where they wanted to go', async () => {
    const first = await signIn({ next: '/device?code=BDWP-HQPK' });
    const again = await signIn();

    expect(first.location).toBe('/device?code=BDWP-HQPK');
    expect(await roleOf(first.cookie)).toBe('developer');
    expect(again.location).toBe('/');
    expect(await db.$count(users)).toBe(2);
    expect(await db.$count(userIdentities)).toBe(1);
  });

  it('sends nobody to another site', async () => {
    for (const next of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/\t/evil.example',
    ])
      expect((await signIn({ next })).location).toBe('/');
  });

  it('uses PKCE, state and nonce, and asks again who it is when told to', async () => {
    const { data } = await stage.begin('oidc', { askAgain: true });

    const asked = Object.fromEntries(new URL(data.url).searchParams);
    expect(asked).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      prompt: 'login',
      redirect_uri: `${OWN_ORIGIN}/api/v1/auth/callback/oidc`,
    });
    for (const secret of ['state', 'nonce', 'code_challenge'])
      expect(asked[secret]).toMatch(/^[\w-]{43}$/);
  });

  it('lets go of what was begun and never finished, before a browser has too much of it', async () => {
    const begun = await Promise.all([1, 2, 3].map(() => stage.begin('oidc')));
    const cookie = begun.map((one) => one.cookie).join('; ');
    const response = await stage.app.inject({
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
      await restart({
        oidc: { ...oidcSettings(provider.issuer), withoutGroup: 'readonly' },
        signUp: OPEN,
      });
      isBen({ groups });

      expect(await roleOf((await signIn()).cookie)).toBe(role);
    });

    it('lower a role when somebody is taken out of one', async () => {
      isBen({ groups: ['admins'] });
      const before = await signIn();
      isBen({ groups: ['readonly'] });
      await signIn();

      expect(await roleOf(before.cookie)).toBe('readonly');
    });

    it('refuse who is in none, and end what they are signed in with', async () => {
      const before = await signIn();
      await restart({ oidc: { ...oidcSettings(provider.issuer), withoutGroup: 'refuse' } });
      isBen({ groups: ['somewhere/admins'] });

      expect((await signIn()).problem).toBe('sign_in_refused');
      expect(await roleOf(before.cookie)).toBeUndefined();
    });

    it('never take the last admin away', async () => {
      await link(admin);
      const back = await signIn();

      expect(await roleOf(back.cookie)).toBe('admin');
    });
  });

  describe('accounts', () => {
    it('are for invited people only, unless told', async () => {
      await restart({ signUp: CLOSED });
      const uninvited = await signIn();
      const invited = await stage.call('POST', '/invitations', {
        as: admin,
        body: { role: 'readonly', email: 'BEN@example.com' },
      });

      expect(uninvited.problem).toBe('signup_closed');
      expect(invited.status).toBe(201);
      expect(await roleOf((await signIn()).cookie)).toBe('developer');
    });

    it('are made with the link of an invitation, once', async () => {
      await restart({ signUp: CLOSED });
      const { data } = await stage.call('POST', '/invitations', {
        as: admin,
        body: { role: 'readonly' },
      });
      const invitation = new URL(data.url).pathname.split('/').at(-1);
      isBen();
      const joined = await signIn({ invitation });
      provider.state.person = {
        subject: 'eve',
        claims: { email: 'eve@example.com', email_verified: true, name: 'Eve' },
      };

      expect(await roleOf(joined.cookie)).toBe('readonly');
      expect((await signIn({ invitation })).problem).toBe('invitation_invalid');
    });

    it('need a verified address, of the domains that may come', async () => {
      isBen({ email_verified: false });
      const unverified = await signIn();
      isBen({ email_verified: undefined });
      const unsaid = await signIn();
      isBen();
      await restart({ signUp: { ...OPEN, domains: ['acme.com'] } });

      expect([unverified.problem, unsaid.problem]).toEqual([
        'email_not_verified',
        'email_not_verified',
      ]);
      expect((await signIn()).problem).toBe('signup_closed');
    });

    it('with the same address are linked only by who is signed in to them', async () => {
      isBen({ email: ADA.email });
      const stranger = await signIn();
      const linked = await link(admin);
      const back = await signIn();

      expect(stranger.problem).toBe('sign_in_link_first');
      expect(linked.location).toBe('/settings');
      expect(await roleOf(back.cookie)).toBe('admin');
      expect(await db.$count(users)).toBe(1);
    });

    it('are taken over by a verified address where that is the policy, without what opened them before', async () => {
      await restart({ linkByEmail: true });
      isBen({ email: 'ADA@example.com', groups: ['admins'] });
      const taken = await signIn();
      const { email, password } = ADA;
      const byPassword = await stage.call('POST', '/auth/login', { body: { email, password } });
      provider.state.person = { subject: 'the next who has it', claims: HAS_ADDRESS };

      expect(await roleOf(taken.cookie)).toBe('admin');
      expect(await roleOf(admin)).toBeUndefined();
      expect(byPassword.code).toBe('wrong_credentials');
      expect((await signIn()).problem).toBe('sign_in_link_first');
    });

    it('stay the same when the address changes there, and with whoever is linked', async () => {
      const before = await signIn();
      isBen({ email: 'benjamin@example.com', groups: ['developers'] });
      const after = await signIn();
      const [one, two] = await Promise.all(
        [before, after].map(({ cookie }) => stage.call('GET', '/auth/me', { as: cookie })),
      );

      expect(one?.data.id).toBe(two?.data.id);
      expect((await link(admin)).problem).toBe('identity_taken');
    });

    it('that were removed are signed out, and do not come back by themselves', async () => {
      const before = await signIn();
      const me = await stage.call('GET', '/auth/me', { as: before.cookie });
      await stage.call('DELETE', `/members/${me.data.id}`, { as: admin });

      expect(await roleOf(before.cookie)).toBeUndefined();
      expect((await signIn()).problem).toBe('signup_closed');
      expect(await db.$count(organizationMembers)).toBe(1);
    });

    it('are unlinked, unless nothing else opens them; their logins end', async () => {
      const ben = await signIn();
      const of = async (as: string) => (await stage.call('GET', '/auth/identities', { as })).data;
      const bens = await of(ben.cookie);
      const only = await stage.call('DELETE', `/auth/identities/${bens.items[0]?.id ?? ''}`, {
        as: ben.cookie,
      });
      isBen({});
      provider.state.person = { subject: 'ada', claims: {} };
      await link(admin);
      const adas = await of(admin);
      const unlinked = await stage.call('DELETE', `/auth/identities/${adas.items[0]?.id ?? ''}`, {
        as: admin,
      });

      expect(bens).toMatchObject({ hasPassword: false, items: [{ name: 'Keycloak' }] });
      expect(only.code).toBe('last_sign_in');
      expect([unlinked.status, await roleOf(admin)]).toEqual([200, 'admin']);
    });
  });

  it('ends after a day, however much it is used', async () => {
    const { cookie } = await signIn();
    stage.later(120_000);
    await roleOf(cookie);
    const [session] = (await db.select().from(loginSessions)).filter((row) => row.identityId);

    const hours = ((session?.expiresAt.getTime() ?? 0) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23);
    expect(hours).toBeLessThanOrEqual(24);
  });

  it('switches passwords off, but for the link to a new one', async () => {
    await restart({ passwords: false });
    const { email, password } = ADA;
    const login = await stage.call('POST', '/auth/login', { body: { email, password } });
    const url = await stage.membership.invitations.recover(email);
    const token = new URL(url).pathname.split('/').at(-1);
    const body = { token, password: 'three small boats' };
    const recovered = await stage.call('POST', '/invitations/acceptance', { body });

    expect(login.code).toBe('passwords_off');
    expect(await roleOf(recovered.cookie)).toBe('admin');
  });

  describe('an answer', () => {
    const tokens: [string, (claims: object) => object, object?][] = [
      ['for another nonce', (claims) => ({ ...claims, nonce: 'another' })],
      ['for another client', (claims) => ({ ...claims, aud: 'another' })],
      ['of another issuer', (claims) => ({ ...claims, iss: 'https://evil.example' })],
      [
        'that has expired',
        (claims) => ({ ...claims, exp: 1_700_000_000, iat: 1_700_000_000 - 60 }),
      ],
      ['without a signature', (claims) => claims, { alg: 'none' }],
      ['with a signature of another kind', (claims) => claims, { alg: 'HS256' }],
    ];

    async function withToken(change: (claims: object) => string): Promise<string | null> {
      const begun = await stage.begin('oidc');
      const nonce = new URL(begun.data.url).searchParams.get('nonce');
      const at = Math.floor(Date.now() / 1000);
      const claims = {
        iss: provider.issuer,
        aud: 'spt-flow',
        nonce,
        iat: at,
        exp: at + 60,
        ...BEN,
      };
      const back = await follow(begun.data.url);
      provider.state.intercept = (request, response) => {
        if (request.url !== '/token') return false;
        const body = { access_token: 'a', token_type: 'Bearer', id_token: change(claims) };
        response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
        return true;
      };
      return (await stage.comeBack(back, begun.cookie)).problem;
    }

    it.each(tokens)('%s opens nothing', async (_name, change, header) => {
      expect(await withToken((claims) => provider.sign(change(claims), header))).toBe(
        'sign_in_failed',
      );
      expect(await db.$count(users)).toBe(1);
    });

    it('with a changed body opens nothing', async () => {
      const forge = (claims: object) => {
        const [header, , signature] = provider.sign(claims).split('.');
        const body = Buffer.from(JSON.stringify({ ...claims, sub: 'ada' })).toString('base64url');
        return `${header ?? ''}.${body}.${signature ?? ''}`;
      };

      expect(await withToken(forge)).toBe('sign_in_failed');
    });

    it('is of use once, in the browser that asked, for what was asked', async () => {
      const begun = await stage.begin('oidc');
      const other = await stage.begin('oidc');
      const back = await follow(begun.data.url);
      const forged = new URL(back);
      forged.searchParams.set('state', new URL(other.data.url).searchParams.get('state') ?? '');
      const mixedUp = new URL(back);
      mixedUp.searchParams.set('iss', 'https://evil.example');

      const problems = [];
      for (const [address, cookie] of [
        [back, ''],
        [back, other.cookie],
        [forged.href, begun.cookie],
        [forged.href, other.cookie],
        [mixedUp.href, begun.cookie],
        [back.replace('/oidc?', '/github?'), begun.cookie],
      ] as const)
        problems.push((await stage.comeBack(address, cookie)).problem);
      const right = await stage.comeBack(back, begun.cookie);
      const replayed = await stage.comeBack(back, begun.cookie);

      expect(problems).toEqual([
        'sign_in_expired',
        'sign_in_expired',
        'sign_in_expired',
        'sign_in_failed',
        'sign_in_failed',
        'sign_in_expired',
      ]);
      expect([right.problem, replayed.problem]).toEqual([null, 'sign_in_failed']);
    });

    it('that comes too late, or says no, is told in plain words', async () => {
      const begun = await stage.begin('oidc');
      const back = await follow(begun.data.url);
      provider.state.person = { subject: '', claims: {} };
      const refused = await signIn();
      stage.later(16 * 60_000);

      expect(refused.problem).toBe('sign_in_cancelled');
      expect((await stage.comeBack(back, begun.cookie)).problem).toBe('sign_in_expired');
    });
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
    const begun = await stage.begin('oidc');
    const back = await follow(begun.data.url);
    provider.state.intercept = (_request, response) => {
      spoil(response);
      return true;
    };

    expect((await stage.comeBack(back, begun.cookie)).problem).toBe('sign_in_unavailable');
  });

  it('goes on with passwords while the provider is away, and says so', async () => {
    await restart({ oidc: { ...oidcSettings('http://localhost:9'), withoutGroup: 'keep' } });
    const begun = await stage.begin('oidc');
    const methods = await stage.call('GET', '/auth/methods');
    const { email, password } = ADA;
    const login = await stage.call('POST', '/auth/login', { body: { email, password } });

    expect(begun.code).toBe('sign_in_unavailable');
    expect(methods.data.methods).toMatchObject([{ id: 'oidc', isAnswering: false }]);
    expect(login.status).toBe(200);
  });
});
