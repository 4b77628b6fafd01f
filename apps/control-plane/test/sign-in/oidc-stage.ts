import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import {
  startOpenidProvider,
  type OpenidProvider,
} from '../../../../scripts/lib/openid-provider.mjs';
import { OWN_ORIGIN } from '../support/auth-app.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { createSignInStage, follow, oidcSettings, type SignInStage } from './sign-in-stage.ts';

export const BEN = { sub: 'ben-of-keycloak', email: 'ben@example.com', name: 'Ben' };
export const CLOSED = { who: 'nobody', domains: null, role: 'readonly' } as const;
export const OPEN = { ...CLOSED, who: 'providers' } as const;

type Settings = Parameters<typeof createSignInStage>[1];

/** useOidcStage has a provider for all tests, and for each one an installation with an admin and Ben at the provider. */
export function useOidcStage() {
  const newDatabase = useDatabases();
  let provider: OpenidProvider;
  let db: TestDatabase['db'];
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

  async function restart({ oidc, ...settings }: Settings = {}): Promise<void> {
    const all = { oidc: { ...oidcSettings(provider.issuer), ...oidc }, ...settings };
    stage = await createSignInStage(db, all);
  }

  function isBen(claims: object = {}): void {
    const { sub: subject, ...known } = BEN;
    provider.state.person = { subject, claims: { email_verified: true, ...known, ...claims } };
  }

  return {
    get provider() {
      return provider;
    },
    get db() {
      return db;
    },
    get stage() {
      return stage;
    },
    /** The cookie of Ada, who set the installation up. */
    get admin() {
      return admin;
    },
    restart,
    isBen,

    async signIn(body: object = {}) {
      const begun = await stage.begin('oidc', body);
      return stage.comeBack(await follow(begun.data.url), begun.cookie);
    },
    async link(as: string) {
      const begun = await stage.link('oidc', as);
      return stage.comeBack(await follow(begun.data.url), `${begun.cookie}; ${as}`);
    },
    async roleOf(cookie: string): Promise<string | undefined> {
      const me = await stage.call('GET', '/auth/me', { as: cookie });
      return me.status === 200 ? me.data.role : undefined;
    },
  };
}
