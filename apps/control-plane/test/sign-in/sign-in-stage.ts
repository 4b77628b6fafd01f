import type { SignInConfig } from '@spt-flow/config/sign-in';
import type { Database } from '@spt-flow/db/client';
import { createAuthApp, OWN_ORIGIN, PASSWORDS_ONLY } from '../support/auth-app.ts';

export const ADA = { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' };

const GROUPS: NonNullable<SignInConfig['oidc']>['roles'] = [
  { group: 'admins', role: 'admin' },
  { group: 'developers', role: 'developer' },
  { group: 'readonly', role: 'readonly' },
];

export function oidcSettings(issuer: string): NonNullable<SignInConfig['oidc']> {
  return {
    issuer,
    clientId: 'spt-flow',
    name: 'Keycloak',
    scopes: 'openid email profile',
    groupsClaim: 'groups',
    roles: GROUPS,
    withoutGroup: 'keep',
    trustEmail: false,
  };
}

/** What any of the routes answers. */
export interface Data {
  readonly id: string;
  readonly url: string;
  readonly role: string;
  readonly email: string;
  readonly hasPassword: boolean;
  readonly items: readonly { readonly id: string; readonly name: string }[];
  readonly methods: readonly { readonly id: string; readonly isAnswering: boolean }[];
}

/** createSignInStage is the control plane's sign-in with a browser beside it. */
export async function createSignInStage(db: Database, settings: Partial<SignInConfig>) {
  let now = new Date();
  const clock = { now: () => now, monotonicMs: () => performance.now() };
  const made = await createAuthApp(db, clock, { signIn: { ...PASSWORDS_ONLY, ...settings } });
  const { app } = made;

  async function call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    { body, as = '' }: { body?: object; as?: string } = {},
  ) {
    const response = await app.inject({
      ...{ method, url: `/api/v1${path}` },
      headers: { cookie: as, origin: OWN_ORIGIN, host: 'localhost:8080' },
      ...(body && { payload: body }),
    });
    const { data, error } = response.json<{ data: Data; error: { code: string } | null }>();
    return { status: response.statusCode, data, code: error?.code, cookie: cookiesOf(response) };
  }

  return {
    ...made,
    call,
    later(ms: number) {
      now = new Date(now.getTime() + ms);
    },
    async setUp(): Promise<string> {
      const token = await made.auth.prepareSetup();
      return (await call('POST', '/setup', { body: { token, ...ADA } })).cookie;
    },
    begin: (id: string, body: object = {}) => call('POST', `/auth/methods/${id}/sign-in`, { body }),
    link: (id: string, as: string) =>
      call('POST', `/auth/methods/${id}/link`, { as, body: { next: '/settings' } }),
    /** Comes back from elsewhere, as the browser that has these cookies. */
    async comeBack(address: string, cookie: string) {
      const { pathname, search } = new URL(address);
      const response = await app.inject({ url: `${pathname}${search}`, headers: { cookie } });
      const location = String(response.headers.location);
      const query = new URL(location, OWN_ORIGIN).searchParams;
      return { location, problem: query.get('problem'), cookie: cookiesOf(response) };
    },
  };
}

export type SignInStage = Awaited<ReturnType<typeof createSignInStage>>;

function cookiesOf({ cookies }: { cookies: { name: string; value: string }[] }): string {
  return cookies
    .filter(({ value }) => value !== '')
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
}

/** follow goes where a browser would be sent, with cookies, until it leaves the site. */
export async function follow(start: string): Promise<string> {
  const jar = new Map<string, string>();
  const { origin } = new URL(start);
  let at = start;
  while (new URL(at).origin === origin) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(at, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`${at} answers ${String(response.status)}: ${await response.text()}`);
    at = new URL(location, at).href;
  }
  return at;
}
