import {
  apiTokens,
  auditLog,
  deviceLogins,
  gitLogins,
  invitations,
  organizationMembers,
  organizations,
} from '@spt-flow/db/schema';
import { eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthApp, OWN_ORIGIN } from '../support/auth-app.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { useDatabases } from '../support/database.ts';
import { withoutAudit } from '../support/refused-audit.ts';

const ADA = { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' };
const BEN = { email: 'Ben@example.com', name: 'Ben', password: 'a quiet river in may' };
/** What any of the routes answers. */
interface Data {
  readonly id: string;
  readonly url: string;
  readonly token: string;
  readonly userCode: string;
  readonly deviceCode: string;
  readonly role: string;
  readonly items: readonly { readonly id: string; readonly name: string; readonly role: string }[];
}

const DAY_MS = 24 * 3600 * 1000;

describe('members', () => {
  const newDatabase = useDatabases();
  let app: FastifyInstance;
  let now: Date;
  let db: Awaited<ReturnType<typeof newDatabase>>['db'];
  let admin: string;
  let recover: (address: string) => Promise<string>;

  beforeEach(async () => {
    now = new Date();
    ({ db } = await newDatabase());
    const made = await createAuthApp(db, { now: () => now, monotonicMs: () => performance.now() });
    ({ app } = made);
    ({ recover } = made.membership.invitations);
    const token = await made.auth.prepareSetup();
    admin = cookieOf(await call('POST', '/setup', { body: { token, ...ADA } }));
  });
  afterEach(() => app.close());

  type Called = Awaited<ReturnType<typeof call>>;

  async function call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    { body, as = '' }: { body?: object; as?: string } = {},
  ) {
    const headers = as.startsWith('sptf_')
      ? { authorization: `Bearer ${as}` }
      : { cookie: as, origin: OWN_ORIGIN };
    const response = await app.inject({
      method,
      url: `/api/v1${path}`,
      headers,
      ...(body && { payload: body }),
    });
    const { data, error } = response.json<{ data: Data; error: { code: string } | null }>();
    return { status: response.statusCode, data, code: error?.code, cookies: response.cookies };
  }

  function cookieOf({ cookies: [cookie] }: Called): string {
    return `${cookie?.name}=${cookie?.value}`;
  }

  async function invite(body: object = { role: 'developer' }): Promise<string> {
    const { status, data } = await call('POST', '/invitations', { as: admin, body });
    expect(status).toBe(201);
    return tokenOf(data.url);
  }

  function tokenOf(url: string): string {
    return new URL(url).pathname.split('/').at(-1) ?? '';
  }

  const accept = (token: string, body: object = BEN) =>
    call('POST', '/invitations/acceptance', { body: { token, ...body } });

  async function join(body?: object): Promise<{ cookie: string; id: string }> {
    const joined = await accept(await invite(body));
    expect(joined.status).toBe(201);
    return { cookie: cookieOf(joined), id: joined.data.id };
  }

  it('lets somebody join with a link, once, with the role of the link', async () => {
    const token = await invite({ role: 'readonly' });

    const shown = await call('POST', '/invitations/preview', { body: { token } });
    const joined = await accept(token);
    const again = await accept(token, { ...BEN, email: 'eve@example.com' });
    const list = await call('GET', '/members', { as: cookieOf(joined) });
    const open = await call('GET', '/invitations', { as: admin });

    expect(shown.data).toEqual({
      purpose: 'join',
      organizationName: "Ada's team",
      role: 'readonly',
      invitedBy: 'Ada',
      email: null,
    });
    expect(joined.data).toMatchObject({ email: BEN.email, role: 'readonly' });
    expect([again.status, again.code]).toEqual([403, 'invitation_invalid']);
    expect(list.data.items.map(({ name, role }) => [name, role])).toEqual([
      ['Ada', 'admin'],
      ['Ben', 'readonly'],
    ]);
    expect(open.data.items).toEqual([]);
  });

  it('lets one of two who use a link at the same time join', async () => {
    const token = await invite();

    const both = await Promise.all([
      accept(token),
      accept(token, { ...BEN, email: 'eve@example.com' }),
    ]);

    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 403]);
    expect(await db.$count(organizationMembers)).toBe(2);
  });

  it('keeps no secret of a link, in the database or in the list', async () => {
    const token = await invite();

    const rows = JSON.stringify(await db.select().from(invitations));
    const list = JSON.stringify((await call('GET', '/invitations', { as: admin })).data);

    for (const text of [rows, list]) expect(text).not.toContain(token);
  });

  it('refuses links that ended, were revoked, or never were', async () => {
    const [ended, revoked] = [await invite(), await invite()];
    const { items } = (await call('GET', '/invitations', { as: admin })).data;
    await call('DELETE', `/invitations/${items[1]?.id}`, { as: admin });
    await db.update(invitations).set({ expiresAt: new Date(Date.now() - DAY_MS / 2) });

    for (const token of [ended, revoked, 'sptf_invite_never_was_one']) {
      expect((await accept(token)).code).toBe('invitation_invalid');
      const shown = await call('POST', '/invitations/preview', { body: { token } });
      expect(shown.code).toBe('invitation_invalid');
    }
  });

  it('uses the address of the link where it has one, and asks for what is missing', async () => {
    const joined = await accept(await invite({ role: 'admin', email: 'cleo@example.com' }), {
      ...BEN,
      email: 'mallory@example.com',
    });
    const nameless = await accept(await invite(), { password: BEN.password });

    expect(joined.data).toMatchObject({ email: 'cleo@example.com', role: 'admin' });
    expect(nameless.code).toBe('validation_failed');
  });

  it('takes no address that somebody has, in whatever case, and leaves the link open', async () => {
    const token = await invite();

    const taken = await accept(token, { ...BEN, email: 'ADA@example.com' });
    const free = await accept(token);

    expect([taken.status, taken.code]).toEqual([409, 'email_taken']);
    expect(free.status).toBe(201);
  });

  it('makes one account of two links that are used with one address at the same time', async () => {
    const tokens = [await invite(), await invite()];

    const both = await Promise.all(tokens.map((token) => accept(token)));

    expect(both.map(({ code }) => code ?? 'joined').toSorted()).toEqual(['email_taken', 'joined']);
  });

  it('lets only admins invite, change and remove', async () => {
    const ben = await join();
    const { items } = (await call('GET', '/members', { as: admin })).data;
    const body = { role: 'admin' };

    const tried = await Promise.all([
      call('POST', '/invitations', { as: ben.cookie, body }),
      call('GET', '/invitations', { as: ben.cookie }),
      call('PATCH', `/members/${ben.id}`, { as: ben.cookie, body }),
      call('DELETE', `/members/${items[0]?.id}`, { as: ben.cookie }),
      call('POST', `/members/${items[0]?.id}/password-link`, { as: ben.cookie }),
    ]);

    expect(tried.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  });

  it('knows nobody of another organization', async () => {
    const ben = await join();
    const [other] = await db
      .insert(organizations)
      .values({ name: 'Other', slug: 'other' })
      .returning();
    await db
      .update(organizationMembers)
      .set({ organizationId: other?.id ?? '' })
      .where(eq(organizationMembers.userId, ben.id));
    const as = admin;

    const found = await Promise.all([
      call('PATCH', `/members/${ben.id}`, { as, body: { role: 'readonly' } }),
      call('DELETE', `/members/${ben.id}`, { as }),
      call('POST', `/members/${ben.id}/password-link`, { as }),
    ]);

    expect(found.map(({ code }) => code)).toEqual(['not_found', 'not_found', 'not_found']);
    expect((await call('GET', '/members', { as })).data.items).toHaveLength(1);
  });

  it('ends all that a removed member could open, and lets them come back by their address only', async () => {
    const ben = await join();
    const made = await call('POST', '/tokens', {
      as: ben.cookie,
      body: { name: 'x', scope: 'read' },
    });
    const stale = (await call('POST', `/members/${ben.id}/password-link`, { as: admin })).data.url;
    const [{ organizationId } = { organizationId: '' }] = await db
      .select()
      .from(organizationMembers);
    const login = { organizationId, userId: ben.id, origin: 'https://git.example', path: '' };
    await db.insert(gitLogins).values({ ...login, username: 'ben', sealedToken: 'sealed' });

    await call('DELETE', `/members/${ben.id}`, { as: admin });

    expect(await db.select().from(gitLogins)).toEqual([]);

    for (const as of [ben.cookie, made.data.token])
      expect((await call('GET', '/auth/me', { as })).status).toBe(401);
    expect((await call('POST', '/auth/login', { body: BEN })).code).toBe('wrong_credentials');
    expect((await accept(tokenOf(stale))).code).toBe('invitation_invalid');
    expect((await accept(await invite())).code).toBe('email_taken');
    const back = await accept(await invite({ role: 'readonly', email: 'ben@example.com' }));
    expect(back.data).toMatchObject({ id: ben.id, role: 'readonly' });
  });

  it('changes roles at once, but never leaves an organization without an admin', async () => {
    const ben = await join();
    const ada = (await call('GET', '/auth/me', { as: admin })).data.id;
    const demote = () =>
      call('PATCH', `/members/${ada}`, { as: admin, body: { role: 'developer' } });

    const alone = [await demote(), await call('DELETE', `/members/${ada}`, { as: admin })];
    const promoted = await call('PATCH', `/members/${ben.id}`, {
      as: admin,
      body: { role: 'admin' },
    });
    const demoted = await demote();
    const after = await call('POST', '/invitations', { as: admin, body: { role: 'admin' } });

    expect(alone.map(({ code }) => code)).toEqual(['last_admin', 'last_admin']);
    expect([promoted.data.role, demoted.data.role]).toEqual(['admin', 'developer']);
    expect(after.status).toBe(403);
  });

  it.each(['removed', 'demoted'])(
    'closes the links that an admin made who was %s: they would lead back in',
    async (what) => {
      const ben = await join({ role: 'admin' });
      const made = (path: string, body?: object) =>
        call('POST', path, { as: ben.cookie, ...(body && { body }) });
      const me = await call('GET', '/auth/me', { as: admin });
      const invitation = await made('/invitations', { role: 'admin' });
      const password = await made(`/members/${me.data.id}/password-link`);

      const path = `/members/${ben.id}`;
      if (what === 'removed') await call('DELETE', path, { as: admin });
      else await call('PATCH', path, { as: admin, body: { role: 'developer' } });
      const back = await accept(tokenOf(invitation.data.url), { ...BEN, email: 'b@example.com' });
      const other = await accept(tokenOf(password.data.url), { password: 'taken by somebody' });

      expect([invitation.status, password.status]).toEqual([201, 201]);
      expect([back.code, other.code]).toEqual(['invitation_invalid', 'invitation_invalid']);
    },
  );

  it('keeps an admin when two admins demote each other at the same time', async () => {
    const ben = await join({ role: 'admin' });
    const ada = (await call('GET', '/auth/me', { as: admin })).data.id;
    const body = { role: 'readonly' };

    await Promise.all([
      call('PATCH', `/members/${ben.id}`, { as: admin, body }),
      call('PATCH', `/members/${ada}`, { as: ben.cookie, body }),
    ]);

    const rows = await db.select().from(organizationMembers);
    expect(rows.filter(({ role }) => role === 'admin')).toHaveLength(1);
  });

  it('changes a password for who knows it, and signs other browsers out', async () => {
    const other = cookieOf(await call('POST', '/auth/login', { body: ADA }));
    const next = 'another horse battery';

    const wrong = await call('POST', '/auth/password', {
      as: admin,
      body: { current: 'no', next },
    });
    const right = await call('POST', '/auth/password', {
      as: admin,
      body: { current: ADA.password, next },
    });

    expect([wrong.code, right.status]).toEqual(['wrong_credentials', 200]);
    expect((await call('GET', '/auth/me', { as: admin })).status).toBe(200);
    expect((await call('GET', '/auth/me', { as: other })).status).toBe(401);
    expect((await call('POST', '/auth/login', { body: ADA })).status).toBe(401);
    const login = await call('POST', '/auth/login', { body: { ...ADA, password: next } });
    expect(login.status).toBe(200);
  });

  it('gives who forgot a password a link to a new one, and ends the logins of before', async () => {
    const ben = await join();
    const { data } = await call('POST', `/members/${ben.id}/password-link`, { as: admin });
    const token = tokenOf(data.url);
    const other = (await call('POST', `/members/${ben.id}/password-link`, { as: admin })).data.url;
    const password = 'three small boats';

    const shown = await call('POST', '/invitations/preview', { body: { token } });
    const accepted = await accept(token, { password });

    expect(shown.data).toMatchObject({ purpose: 'password', email: BEN.email });
    expect(accepted.data).toMatchObject({ id: ben.id, role: 'developer' });
    expect((await call('GET', '/auth/me', { as: ben.cookie })).status).toBe(401);
    for (const link of [token, tokenOf(other)])
      expect((await accept(link, { password })).code).toBe('invitation_invalid');
    expect((await call('POST', '/auth/login', { body: { ...BEN, password } })).status).toBe(200);
  });

  it('gives the operator a link for an admin who forgot a password', async () => {
    const token = tokenOf(await recover('ADA@example.com'));
    const password = 'three small boats';

    expect((await accept(token, { password })).data.role).toBe('admin');
    expect((await call('POST', '/auth/login', { body: { ...ADA, password } })).status).toBe(200);
    await expect(recover('nobody@example.com')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lets everything that works once work at one of two replicas', async () => {
    const fresh = (await newDatabase()).db;
    const one = await createAuthApp(fresh, systemClock);
    const replicas = [one, await createAuthApp(fresh, systemClock)];
    const atBoth = (path: string, bodyOf: (index: number) => object) =>
      Promise.all(
        replicas.map((replica, index) =>
          replica.app.inject({ method: 'POST', url: `/api/v1${path}`, payload: bodyOf(index) }),
        ),
      );
    const links = await Promise.all(
      replicas.map(({ auth }) => auth.prepareSetup({ keepsEarlier: true })),
    );

    const setups = await atBoth('/setup', (index) => ({ token: links[index], ...ADA }));
    const [first] = setups.filter(({ statusCode }) => statusCode === 201);
    const cookie = `${first?.cookies[0]?.name}=${first?.cookies[0]?.value}`;
    const as = { headers: { cookie, origin: OWN_ORIGIN } };
    const post = async (url: string, payload: object): Promise<Data> => {
      const request = { method: 'POST' as const, url: `/api/v1${url}`, payload, ...as };
      return (await one.app.inject(request)).json<{ data: Data }>().data;
    };
    const device = await post('/auth/device-logins', { clientName: 'CLI' });
    await post(`/auth/device-logins/${device.userCode}/approval`, { approve: true });
    const invited = tokenOf((await post('/invitations', { role: 'developer' })).url);

    const answers = [
      setups,
      await atBoth('/auth/device-logins/token', () => ({ deviceCode: device.deviceCode })),
      await atBoth('/invitations/acceptance', (index) => ({
        ...{ ...BEN, token: invited, email: `ben-${index}@example.com` },
      })),
    ];

    for (const both of answers)
      expect(both.filter(({ statusCode }) => statusCode < 300)).toHaveLength(1);
    expect(await fresh.select().from(apiTokens)).toHaveLength(1);
    await Promise.all(replicas.map((replica) => replica.app.close()));
  });

  it('changes nothing that can’t be written down', async () => {
    const ben = await join();
    await invite();
    const token = { name: 'CI', scope: 'read', expiresInDays: null };
    await call('POST', '/tokens', { as: admin, body: token });
    const { data } = await call('POST', '/auth/device-logins', { body: { clientName: 'CLI' } });
    const everything = async () => ({
      invitations: await db.select().from(invitations),
      tokens: await db.select().from(apiTokens),
      devices: await db.select().from(deviceLogins),
    });
    const before = await everything();
    const [invitation, apiToken] = [before.invitations.at(-1)?.id, before.tokens[0]?.id];

    const answers = await withoutAudit(db, async () => [
      await call('POST', '/invitations', { as: admin, body: { role: 'developer' } }),
      await call('DELETE', `/invitations/${invitation}`, { as: admin }),
      await call('POST', `/members/${ben.id}/password-link`, { as: admin }),
      await call('POST', '/tokens', { as: admin, body: token }),
      await call('DELETE', `/tokens/${apiToken}`, { as: admin }),
      await call('POST', `/auth/device-logins/${data.userCode}/approval`, {
        ...{ as: admin, body: { approve: true } },
      }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(500));
    await expect(withoutAudit(db, () => recover(ADA.email))).rejects.toThrow();
    expect(await everything()).toEqual(before);
  });

  it('writes down who did what', async () => {
    const ben = await join();
    await call('PATCH', `/members/${ben.id}`, { as: admin, body: { role: 'readonly' } });
    await call('DELETE', `/members/${ben.id}`, { as: admin });

    const actions = (await db.select().from(auditLog)).map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining(['member.invite', 'member.join', 'member.role', 'member.remove']),
    );
  });
});
