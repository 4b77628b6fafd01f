import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import {
  apiTokens,
  auditLog,
  deviceLogins,
  gitLogins,
  invitations,
  organizationMembers,
  organizations,
} from '@spt-flow/db/schema';
import { withoutAudit } from '../support/refused-audit.ts';
import { ADA, BEN, cookieOf, tokenOf, useMembersStage } from './members-stage.ts';

const stage = useMembersStage();

describe('members', () => {
  it('lets only admins invite, change and remove', async () => {
    const ben = await stage.join();
    const { items } = (await stage.call('GET', '/members', { as: stage.admin })).data;
    const body = { role: 'admin' };

    const tried = await Promise.all([
      stage.call('POST', '/invitations', { as: ben.cookie, body }),
      stage.call('GET', '/invitations', { as: ben.cookie }),
      stage.call('PATCH', `/members/${ben.id}`, { as: ben.cookie, body }),
      stage.call('DELETE', `/members/${items[0]?.id}`, { as: ben.cookie }),
      stage.call('POST', `/members/${items[0]?.id}/password-link`, { as: ben.cookie }),
    ]);

    expect(tried.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  });

  it('knows nobody of another organization', async () => {
    const ben = await stage.join();
    const [other] = await stage.db
      .insert(organizations)
      .values({ name: 'Other', slug: 'other' })
      .returning();
    await stage.db
      .update(organizationMembers)
      .set({ organizationId: other?.id ?? '' })
      .where(eq(organizationMembers.userId, ben.id));
    const as = stage.admin;

    const found = await Promise.all([
      stage.call('PATCH', `/members/${ben.id}`, { as, body: { role: 'readonly' } }),
      stage.call('DELETE', `/members/${ben.id}`, { as }),
      stage.call('POST', `/members/${ben.id}/password-link`, { as }),
    ]);

    expect(found.map(({ code }) => code)).toEqual(['not_found', 'not_found', 'not_found']);
    expect((await stage.call('GET', '/members', { as })).data.items).toHaveLength(1);
  });

  it('ends all that a removed member could open, and lets them come back by their address only', async () => {
    const ben = await stage.join();
    const made = await stage.call('POST', '/tokens', {
      as: ben.cookie,
      body: { name: 'x', scope: 'read' },
    });
    const stale = (
      await stage.call('POST', `/members/${ben.id}/password-link`, { as: stage.admin })
    ).data.url;
    const [{ organizationId } = { organizationId: '' }] = await stage.db
      .select()
      .from(organizationMembers);
    const login = { organizationId, userId: ben.id, origin: 'https://git.example', path: '' };
    await stage.db.insert(gitLogins).values({ ...login, username: 'ben', sealedToken: 'sealed' });

    await stage.call('DELETE', `/members/${ben.id}`, { as: stage.admin });

    expect(await stage.db.select().from(gitLogins)).toEqual([]);

    for (const as of [ben.cookie, made.data.token])
      expect((await stage.call('GET', '/auth/me', { as })).status).toBe(401);
    expect((await stage.call('POST', '/auth/login', { body: BEN })).code).toBe('wrong_credentials');
    expect((await stage.accept(tokenOf(stale))).code).toBe('invitation_invalid');
    expect((await stage.accept(await stage.invite())).code).toBe('email_taken');
    const back = await stage.accept(
      await stage.invite({ role: 'readonly', email: 'ben@example.com' }),
    );
    expect(back.data).toMatchObject({ id: ben.id, role: 'readonly' });
  });

  it('changes roles at once, but never leaves an organization without an admin', async () => {
    const ben = await stage.join();
    const ada = (await stage.call('GET', '/auth/me', { as: stage.admin })).data.id;
    const demote = () =>
      stage.call('PATCH', `/members/${ada}`, { as: stage.admin, body: { role: 'developer' } });

    const alone = [
      await demote(),
      await stage.call('DELETE', `/members/${ada}`, { as: stage.admin }),
    ];
    const promoted = await stage.call('PATCH', `/members/${ben.id}`, {
      as: stage.admin,
      body: { role: 'admin' },
    });
    const demoted = await demote();
    const after = await stage.call('POST', '/invitations', {
      as: stage.admin,
      body: { role: 'admin' },
    });

    expect(alone.map(({ code }) => code)).toEqual(['last_admin', 'last_admin']);
    expect([promoted.data.role, demoted.data.role]).toEqual(['admin', 'developer']);
    expect(after.status).toBe(403);
  });

  it('keeps an admin when two admins demote each other at the same time', async () => {
    const ben = await stage.join({ role: 'admin' });
    const ada = (await stage.call('GET', '/auth/me', { as: stage.admin })).data.id;
    const body = { role: 'readonly' };

    await Promise.all([
      stage.call('PATCH', `/members/${ben.id}`, { as: stage.admin, body }),
      stage.call('PATCH', `/members/${ada}`, { as: ben.cookie, body }),
    ]);

    const rows = await stage.db.select().from(organizationMembers);
    expect(rows.filter(({ role }) => role === 'admin')).toHaveLength(1);
  });

  it('changes a password for who knows it, and signs other browsers out', async () => {
    const other = cookieOf(await stage.call('POST', '/auth/login', { body: ADA }));
    const next = 'another horse battery';

    const wrong = await stage.call('POST', '/auth/password', {
      as: stage.admin,
      body: { current: 'no', next },
    });
    const right = await stage.call('POST', '/auth/password', {
      as: stage.admin,
      body: { current: ADA.password, next },
    });

    expect([wrong.code, right.status]).toEqual(['wrong_credentials', 200]);
    expect((await stage.call('GET', '/auth/me', { as: stage.admin })).status).toBe(200);
    expect((await stage.call('GET', '/auth/me', { as: other })).status).toBe(401);
    expect((await stage.call('POST', '/auth/login', { body: ADA })).status).toBe(401);
    const login = await stage.call('POST', '/auth/login', { body: { ...ADA, password: next } });
    expect(login.status).toBe(200);
  });

  it('changes nothing that can’t be written down', async () => {
    const ben = await stage.join();
    await stage.invite();
    const token = { name: 'CI', scope: 'read', expiresInDays: null };
    await stage.call('POST', '/tokens', { as: stage.admin, body: token });
    const { data } = await stage.call('POST', '/auth/device-logins', {
      body: { clientName: 'CLI' },
    });
    const everything = async () => ({
      invitations: await stage.db.select().from(invitations),
      tokens: await stage.db.select().from(apiTokens),
      devices: await stage.db.select().from(deviceLogins),
    });
    const before = await everything();
    const [invitation, apiToken] = [before.invitations.at(-1)?.id, before.tokens[0]?.id];

    const answers = await withoutAudit(stage.db, async () => [
      await stage.call('POST', '/invitations', { as: stage.admin, body: { role: 'developer' } }),
      await stage.call('DELETE', `/invitations/${invitation}`, { as: stage.admin }),
      await stage.call('POST', `/members/${ben.id}/password-link`, { as: stage.admin }),
      await stage.call('POST', '/tokens', { as: stage.admin, body: token }),
      await stage.call('DELETE', `/tokens/${apiToken}`, { as: stage.admin }),
      await stage.call('POST', `/auth/device-logins/${data.userCode}/approval`, {
        ...{ as: stage.admin, body: { approve: true } },
      }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(500));
    await expect(withoutAudit(stage.db, () => stage.recover(ADA.email))).rejects.toThrow();
    expect(await everything()).toEqual(before);
  });

  it('writes down who did what', async () => {
    const ben = await stage.join();
    await stage.call('PATCH', `/members/${ben.id}`, {
      as: stage.admin,
      body: { role: 'readonly' },
    });
    await stage.call('DELETE', `/members/${ben.id}`, { as: stage.admin });

    const actions = (await stage.db.select().from(auditLog)).map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining(['member.invite', 'member.join', 'member.role', 'member.remove']),
    );
  });
});
