import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditLog } from '@spt-flow/db/schema';
import { createFollowGroups, createGroupsRepository } from '../../src/features/groups/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { createTeamsStage, type TeamsStage } from './teams-stage.ts';

const newDatabase = useDatabases();
let db: TestDatabase['db'];
let stage: TeamsStage;
let admin: Principal;
let bea: Principal;

beforeEach(async () => {
  ({ db } = await newDatabase());
  stage = await createTeamsStage(db);
  admin = await stage.join('admin');
  bea = await stage.join();
});
afterEach(() => stage.app.close());

function create(body: object) {
  return stage.call(admin, 'POST /groups', body);
}

describe('groups', () => {
  it('are made, renamed and deleted by admins, each with a name of its own', async () => {
    const { data: group } = await create({ name: 'Shop' });
    expect((await create({ name: 'shop' })).code).toBe('name_taken');
    expect((await stage.call(bea, 'POST /groups', { name: 'Mine' })).code).toBe('not_permitted');

    const renamed = await stage.call(admin, `PATCH /groups/${group.id}`, { name: 'Café' });
    expect(renamed.data).toMatchObject({ id: group.id, name: 'Café', members: [] });
    await stage.call(admin, `DELETE /groups/${group.id}`);
    expect((await stage.call(bea, 'GET /groups')).data).toMatchObject({ items: [] });
    const actions = await db.select({ action: auditLog.action }).from(auditLog);
    expect(actions.map(({ action }) => action)).toEqual([
      'group.create',
      'group.rename',
      'group.delete',
    ]);
  });

  it('take members of the organization only, and are nobody’s elsewhere', async () => {
    const { data: group } = await create({ name: 'Shop' });
    const unknown = `PUT /groups/${group.id}/members/${randomUUID()}`;
    expect((await stage.call(admin, unknown)).code).toBe('not_found');

    const other = await createTeamsStage(db);
    const stranger = await other.join('admin');
    const taken = await other.call(stranger, `DELETE /groups/${group.id}`);
    await other.app.close();
    expect(taken.code).toBe('not_found');
  });

  it('can follow only what tells of groups', async () => {
    expect((await create({ name: 'x', follows: 'github' })).code).toBe('validation_failed');
  });
});

describe('a group that follows one elsewhere', () => {
  async function signIn(groups: readonly string[] | undefined, method: 'oidc' | 'github' = 'oidc') {
    const repository = createGroupsRepository(db);
    const follow = createFollowGroups({ repository, audit: createAudit(db) });
    const { organizationId, userId } = bea;
    const told = { method, organizationId, userId, groups, correlationId: 'sign-in' };
    await db.transaction((tx) => follow(told, tx));
    const all = await repository.list(organizationId);
    return all.filter(({ members }) => members.length > 0).map(({ name }) => name);
  }

  it('has who is in a group of exactly its name there, since they signed in last', async () => {
    await create({ name: 'shop', follows: 'oidc' });
    await create({ name: '/team/café', follows: 'oidc' });
    await create({ name: 'by hand' });

    expect(await signIn(['/shop', '/team/café', 'by hand'])).toEqual(['/team/café', 'shop']);
    expect(await signIn(['/elsewhere/shop', '/team/café'])).toEqual(['/team/café']);
    expect(await signIn(undefined)).toEqual(['/team/café']);
    expect(await signIn([], 'github')).toEqual(['/team/café']);
    expect(await signIn([])).toEqual([]);
    const entries = await db.select().from(auditLog).orderBy(auditLog.createdAt);
    const followed = entries.filter(({ principal }) => principal === 'system');
    expect(followed.map(({ action }) => action).toSorted()).toEqual([
      ...['group.join', 'group.join', 'group.leave', 'group.leave'],
    ]);
  });

  it('is not changed by hand, but can be deleted', async () => {
    const { data: group } = await create({ name: 'shop', follows: 'oidc' });
    const path = `/groups/${group.id}`;
    const refused = [
      await stage.call(admin, `PATCH ${path}`, { name: 'other' }),
      await stage.call(admin, `PUT ${path}/members/${bea.userId}`),
      await stage.call(admin, `DELETE ${path}/members/${bea.userId}`),
    ];
    expect(refused.map(({ code }) => code)).toEqual(Array(3).fill('group_follows'));
    expect((await stage.call(admin, `DELETE ${path}`)).status).toBe(200);
  });
});
