import { userIdentities } from '@spt-flow/db/schema';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OWN_ORIGIN } from '../support/auth-app.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { startGithub, type GithubAccount } from './github-server.ts';
import { createSignInStage, follow, type SignInStage } from './sign-in-stage.ts';

const BEN: GithubAccount = {
  id: 583_231,
  login: 'ben',
  emails: [
    { email: 'old@example.com', primary: false, verified: true },
    { email: 'ben@example.com', primary: true, verified: true },
  ],
  organizations: ['Acme'],
  teams: [],
};
const ROLES = [
  { group: 'Acme/platform', role: 'admin' },
  { group: 'acme', role: 'developer' },
] as const;

describe('sign-in with GitHub', () => {
  const newDatabase = useDatabases();
  let github: Awaited<ReturnType<typeof startGithub>>;
  let db: TestDatabase['db'];
  let stage: SignInStage;

  beforeAll(async () => {
    github = await startGithub({ redirectUri: `${OWN_ORIGIN}/api/v1/auth/callback/github` });
  });
  afterAll(() => github.close());
  beforeEach(async () => {
    ({ db } = await newDatabase());
    github.state.account = BEN;
    github.state.isLimited = false;
    stage = await createSignInStage(db, {
      github: { url: github.url, clientId: 'Iv1', roles: [...ROLES], withoutGroup: 'refuse' },
      signUp: { who: 'providers', domains: null, role: 'readonly' },
    });
    await stage.setUp();
  });
  afterEach(() => stage.app.close());

  async function signIn() {
    const begun = await stage.begin('github');
    return stage.comeBack(await follow(begun.data.url), begun.cookie);
  }

  async function meOf(cookie: string) {
    return (await stage.call('GET', '/auth/me', { as: cookie })).data;
  }

  it('lets members of an organization in, by their number and not by their name', async () => {
    const first = await meOf((await signIn()).cookie);
    github.state.account = { ...BEN, login: 'benjamin' };
    const renamed = await meOf((await signIn()).cookie);
    github.state.account = { ...BEN, id: 7, login: 'ben', organizations: ['acme'] };
    const another = await signIn();

    expect(first).toMatchObject({ email: 'ben@example.com', role: 'developer' });
    expect(renamed.id).toBe(first.id);
    expect(another.problem).toBe('sign_in_link_first');
    expect((await db.select().from(userIdentities))[0]?.subject).toBe('583231');
  });

  it('reads all teams, however many there are, and gives the highest role', async () => {
    const others = Array.from({ length: 120 }, (_, index) => `acme/team-${String(index)}`);
    github.state.account = { ...BEN, teams: [...others, 'acme/platform'] };

    expect((await meOf((await signIn()).cookie)).role).toBe('admin');
  });

  it.each([
    ['who left the organization', { organizations: ['elsewhere'] }, 'sign_in_refused'],
    [
      'whose address is not verified',
      { emails: [{ email: 'ben@example.com', primary: true, verified: false }] },
      'email_not_verified',
    ],
  ])('refuses somebody %s', async (_name, changes, problem) => {
    github.state.account = { ...BEN, ...changes };

    expect((await signIn()).problem).toBe(problem);
  });

  it('takes a code once, from the browser that asked', async () => {
    const begun = await stage.begin('github');
    const back = await follow(begun.data.url);
    const other = await stage.begin('github');
    const stolen = new URL(back);
    stolen.searchParams.set('state', new URL(other.data.url).searchParams.get('state') ?? '');
    const injected = await stage.comeBack(stolen.href, other.cookie);
    const used = await stage.comeBack(back, begun.cookie);

    // The first attempt used the code up.
    expect([injected.problem, used.problem]).toEqual(['sign_in_failed', 'sign_in_failed']);
  });

  it('says that GitHub does not answer when it limits questions, and that people said no', async () => {
    github.state.isLimited = true;
    const limited = await signIn();
    github.state.account = undefined;

    expect(limited.problem).toBe('sign_in_unavailable');
    expect((await signIn()).problem).toBe('sign_in_cancelled');
  });
});
