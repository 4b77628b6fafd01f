import { beforeEach, describe, expect, it } from 'vitest';
import { eq } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { secretKeys, secretVersions } from '@spt-flow/db/schema';
import { MAX_SECRET_BYTES } from '@spt-flow/shared/domain/secret-name';
import { useDatabases } from '../support/database.ts';
import { seedProject, seedTenant, type Tenant } from '../workspaces/seed.ts';
import { auditOfSecrets, CORRELATION, openSecrets } from './secrets-stage.ts';

const newDatabase = useDatabases();
const VALUE = 'sk-very-secret-value';
const MINE = { scope: 'person' as const, ...CORRELATION };

describe('secrets in the database', () => {
  let db: Database;
  let ada: Tenant;
  let service: ReturnType<typeof openSecrets>['service'];
  const set = (name: string, value: string, more: { ifVersion?: number } = {}) =>
    service.put(ada.principal, { ...MINE, name }, { value, restartApps: false, ...more });

  beforeEach(async () => {
    ({ db } = await newDatabase());
    ada = await seedTenant(db);
    ({ service } = openSecrets(db));
  });

  it('are kept in versions that are never shown, deleted, and brought back', async () => {
    await set('API_KEY', VALUE);
    await set('API_KEY', 'another value');
    await service.remove(ada.principal, { ...MINE, name: 'API_KEY' }, { forever: false });

    expect(await service.list(ada.principal, MINE)).toMatchObject([
      { name: 'API_KEY', version: 2, isDeleted: true },
    ]);
    expect(
      (await service.versions(ada.principal, { ...MINE, name: 'API_KEY' })).map(
        ({ change, version }) => `${change} ${version}`,
      ),
    ).toEqual(['delete 2', 'set 2', 'set 1']);
    const restore = { version: 1, restartApps: false };
    const restored = await service.restore(ada.principal, { ...MINE, name: 'API_KEY' }, restore);
    expect(restored).toMatchObject({ version: 3, isDeleted: false });

    const stored = JSON.stringify([
      await db.select().from(secretVersions),
      await db.select().from(secretKeys),
      await auditOfSecrets(db),
      await service.list(ada.principal, MINE),
    ]);
    expect(stored).not.toContain(VALUE);
    expect(stored).not.toContain(Buffer.from(VALUE).toString('base64').slice(0, -2));
    expect((await auditOfSecrets(db)).map(({ action }) => action)).toEqual([
      ...['secret.set', 'secret.set', 'secret.delete', 'secret.restore'],
    ]);
    await service.remove(ada.principal, { ...MINE, name: 'API_KEY' }, { forever: true });
    expect(await db.select().from(secretVersions)).toEqual([]);
  });

  it('are set by one of two who change them at once, where they say what they saw', async () => {
    await set('API_KEY', VALUE);
    const results = await Promise.allSettled([
      set('API_KEY', 'of one', { ifVersion: 1 }),
      set('API_KEY', 'of another', { ifVersion: 1 }),
    ]);

    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'conflict' },
    });
    // Without it the last one counts, and none is lost from the history.
    await Promise.all(Array.from({ length: 5 }, (_, n) => set('OTHER', `value ${n}`)));
    expect(await service.list(ada.principal, MINE)).toMatchObject([{}, { version: 5 }]);
  });

  it('open for the row and the tenant that they were set for alone', async () => {
    const ben = await seedTenant(db);
    await set('API_KEY', VALUE);
    await service.put(
      ben.principal,
      { ...MINE, name: 'API_KEY' },
      { value: 'of ben', restartApps: false },
    );
    const [own, foreign] = await db.select().from(secretVersions).orderBy(secretVersions.createdAt);
    await db
      .update(secretVersions)
      .set({ sealedValue: own?.sealedValue ?? '', keyId: own?.keyId ?? '' })
      .where(eq(secretVersions.secretId, foreign?.secretId ?? ''));

    const restore = { version: 1, restartApps: false };
    await expect(
      service.restore(ben.principal, { ...MINE, name: 'API_KEY' }, restore),
    ).rejects.toMatchObject({ code: 'secret_key_wrong' });
    const project = { scope: 'project' as const, of: await seedProject(db, ada), ...CORRELATION };
    await expect(service.list(ben.principal, project)).rejects.toMatchObject({ code: 'not_found' });
    expect(await service.list(ada.principal, project)).toEqual([]);
  });

  it('are not overwritten when spt-flow was started with another key', async () => {
    await set('API_KEY', VALUE);
    const before = JSON.stringify(await db.select().from(secretVersions));
    const wrong = openSecrets(db, undefined, {
      secretKey: 'a key of another installation altogether',
    });

    for (const name of ['API_KEY', 'NEW_KEY'])
      await expect(
        wrong.service.put(ada.principal, { ...MINE, name }, { value: 'x', restartApps: false }),
      ).rejects.toMatchObject({ code: 'secret_key_wrong' });
    await expect(wrong.service.rotateKey(ada.principal, 'rotate-1')).rejects.toMatchObject({
      code: 'secret_key_wrong',
    });
    expect(JSON.stringify(await db.select().from(secretVersions))).toBe(before);
  });

  it('are encrypted anew with a new key, also while somebody sets one', async () => {
    await set('API_KEY', VALUE);
    const old = await db.select().from(secretKeys);
    await Promise.all([
      service.rotateKey(ada.principal, 'rotate-1'),
      ...Array.from({ length: 4 }, (_, n) => set(`KEY_${n}`, `value ${n}`)),
    ]);

    const keys = await db.select().from(secretKeys);
    expect(keys).toHaveLength(1);
    expect(keys[0]?.id).not.toBe(old[0]?.id);
    expect(await auditOfSecrets(db)).toContainEqual({
      ...{ action: 'secret_key.rotate', target: ada.organizationId },
      ...{ principal: `user:${ada.userId}`, detail: { reencrypted: expect.any(Number) } },
    });
    const restore = { version: 1, restartApps: false };
    const name = 'API_KEY';
    expect(await service.restore(ada.principal, { ...MINE, name }, restore)).toMatchObject({
      version: 2,
    });
  });

  it('of everybody are set by admins, and none by readers', async () => {
    const everybody = { scope: 'organization' as const, name: 'API_KEY', ...CORRELATION };
    const developer = { ...ada.principal, scope: 'write' as const };
    const value = { value: VALUE, restartApps: false };

    await expect(service.put(developer, everybody, value)).rejects.toMatchObject({
      code: 'not_permitted',
    });
    const admin = { ...ada.principal, scope: 'admin' as const };
    expect(await service.put(admin, everybody, value)).toMatchObject({ version: 1 });
    expect(await service.list(developer, everybody)).toMatchObject([{ name: 'API_KEY' }]);
  });

  it.each([
    ['LD_PRELOAD', 'x', 'load other code'],
    ['API_KEY', 'x'.repeat(MAX_SECRET_BYTES + 1), 'is the most'],
    ['API_KEY', '', 'empty'],
  ])('refuse %s', async (name, value, reason) => {
    await expect(set(name, value)).rejects.toMatchObject({
      code: 'secret_refused',
      message: expect.stringContaining(reason),
    });
  });
});
