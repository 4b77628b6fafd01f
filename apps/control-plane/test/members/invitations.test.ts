import { describe, expect, it } from 'vitest';
import { apiTokens, invitations, organizationMembers } from '@spt-flow/db/schema';
import { systemClock } from '../../src/lib/clock.ts';
import { createAuthApp, OWN_ORIGIN } from '../support/auth-app.ts';
import { ADA, BEN, cookieOf, tokenOf, useMembersStage, type Data } from './members-stage.ts';

const stage = useMembersStage();
const DAY_MS = 24 * 3600 * 1000;

describe('invitations', () => {
  it('lets somebody join with a link, once, with the role of the link', async () => {
    const token = await stage.invite({ role: 'readonly' });

    const shown = await stage.call('POST', '/invitations/preview', { body: { token } });
    const joined = await stage.accept(token);
    const again = await stage.accept(token, { ...BEN, email: 'eve@example.com' });
    const list = await stage.call('GET', '/members', { as: cookieOf(joined) });
    const open = await stage.call('GET', '/invitations', { as: stage.admin });

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
    const token = await stage.invite();

    const both = await Promise.all([
      stage.accept(token),
      stage.accept(token, { ...BEN, email: 'eve@example.com' }),
    ]);

    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 403]);
    expect(await stage.db.$count(organizationMembers)).toBe(2);
  });

  it('keeps no secret of a link, in the database or in the list', async () => {
    const token = await stage.invite();

    const rows = JSON.stringify(await stage.db.select().from(invitations));
    const list = JSON.stringify(
      (await stage.call('GET', '/invitations', { as: stage.admin })).data,
    );

    for (const text of [rows, list]) expect(text).not.toContain(token);
  });

  it('refuses links that ended, were revoked, or never were', async () => {
    const [ended, revoked] = [await stage.invite(), await stage.invite()];
    const { items } = (await stage.call('GET', '/invitations', { as: stage.admin })).data;
    await stage.call('DELETE', `/invitations/${items[1]?.id}`, { as: stage.admin });
    await stage.db.update(invitations).set({ expiresAt: new Date(Date.now() - DAY_MS / 2) });

    for (const token of [ended, revoked, 'sptf_invite_never_was_one']) {
      expect((await stage.accept(token)).code).toBe('invitation_invalid');
      const shown = await stage.call('POST', '/invitations/preview', { body: { token } });
      expect(shown.code).toBe('invitation_invalid');
    }
  });

  it('uses the address of the link where it has one, and asks for what is missing', async () => {
    const joined = await stage.accept(
      await stage.invite({ role: 'admin', email: 'cleo@example.com' }),
      {
        ...BEN,
        email: 'mallory@example.com',
      },
    );
    const nameless = await stage.accept(await stage.invite(), { password: BEN.password });

    expect(joined.data).toMatchObject({ email: 'cleo@example.com', role: 'admin' });
    expect(nameless.code).toBe('validation_failed');
  });

  it('takes no address that somebody has, in whatever case, and leaves the link open', async () => {
    const token = await stage.invite();

    const taken = await stage.accept(token, { ...BEN, email: 'ADA@example.com' });
    const free = await stage.accept(token);

    expect([taken.status, taken.code]).toEqual([409, 'email_taken']);
    expect(free.status).toBe(201);
  });

  it('makes one account of two links that are used with one address at the same time', async () => {
    const tokens = [await stage.invite(), await stage.invite()];

    const both = await Promise.all(tokens.map((token) => stage.accept(token)));

    expect(both.map(({ code }) => code ?? 'joined').toSorted()).toEqual(['email_taken', 'joined']);
  });

  it.each(['removed', 'demoted'])(
    'closes the links that an admin made who was %s: they would lead back in',
    async (what) => {
      const ben = await stage.join({ role: 'admin' });
      const made = (path: string, body?: object) =>
        stage.call('POST', path, { as: ben.cookie, ...(body && { body }) });
      const me = await stage.call('GET', '/auth/me', { as: stage.admin });
      const invitation = await made('/invitations', { role: 'admin' });
      const password = await made(`/members/${me.data.id}/password-link`);

      const path = `/members/${ben.id}`;
      if (what === 'removed') await stage.call('DELETE', path, { as: stage.admin });
      else await stage.call('PATCH', path, { as: stage.admin, body: { role: 'developer' } });
      const back = await stage.accept(tokenOf(invitation.data.url), {
        ...BEN,
        email: 'b@example.com',
      });
      const other = await stage.accept(tokenOf(password.data.url), {
        password: 'taken by somebody',
      });

      expect([invitation.status, password.status]).toEqual([201, 201]);
      expect([back.code, other.code]).toEqual(['invitation_invalid', 'invitation_invalid']);
    },
  );

  it('gives who forgot a password a link to a new one, and ends the logins of before', async () => {
    const ben = await stage.join();
    const { data } = await stage.call('POST', `/members/${ben.id}/password-link`, {
      as: stage.admin,
    });
    const token = tokenOf(data.url);
    const other = (
      await stage.call('POST', `/members/${ben.id}/password-link`, { as: stage.admin })
    ).data.url;
    const password = 'three small boats';

    const shown = await stage.call('POST', '/invitations/preview', { body: { token } });
    const accepted = await stage.accept(token, { password });

    expect(shown.data).toMatchObject({ purpose: 'password', email: BEN.email });
    expect(accepted.data).toMatchObject({ id: ben.id, role: 'developer' });
    expect((await stage.call('GET', '/auth/me', { as: ben.cookie })).status).toBe(401);
    for (const link of [token, tokenOf(other)])
      expect((await stage.accept(link, { password })).code).toBe('invitation_invalid');
    expect((await stage.call('POST', '/auth/login', { body: { ...BEN, password } })).status).toBe(
      200,
    );
  });

  it('gives the operator a link for an admin who forgot a password', async () => {
    const token = tokenOf(await stage.recover('ADA@example.com'));
    const password = 'three small boats';

    expect((await stage.accept(token, { password })).data.role).toBe('admin');
    expect((await stage.call('POST', '/auth/login', { body: { ...ADA, password } })).status).toBe(
      200,
    );
    await expect(stage.recover('nobody@example.com')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lets everything that works once work at one of two replicas', async () => {
    const fresh = (await stage.newDatabase()).db;
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
    const cookie = cookieOf({ cookies: first?.cookies ?? [] });
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
});
