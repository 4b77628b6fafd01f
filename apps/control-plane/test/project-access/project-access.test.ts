import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  auditLog,
  changeSets,
  checkpoints,
  organizationMembers,
  projects,
  sessions,
  workspaces,
  workspaceSnapshots,
} from '@spt-flow/db/schema';
import { EmptySchema, HandleParamsSchema } from '@spt-flow/shared/api/common';
import { defineRoute } from '@spt-flow/shared/api/route';
import { createMembersRepository } from '../../src/features/members/index.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { registerRoute } from '../../src/lib/register-route.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import { createTeamsStage, type TeamsStage } from './teams-stage.ts';

const newDatabase = useDatabases();
let db: TestDatabase['db'];
let stage: TeamsStage;
let dana: Principal;
let bea: Principal;
/** Somebody to share with. */
let cleo: Principal;
let shop: Awaited<ReturnType<typeof seedWorkspace>>;

/** Stand in for routes of features that never heard of any of this. */
const look = defineRoute({
  method: 'GET',
  path: '/api/v1/workspaces/:handle/anything',
  access: 'read',
  summary: 'Look',
  params: HandleParamsSchema,
  response: EmptySchema,
});
const work = defineRoute({ ...look, method: 'POST', access: 'write' });
const things = defineRoute({
  ...{ method: 'POST', path: '/api/v1/things', access: 'write', summary: 'Name things' },
  names: { project: 'projects', workspaces: 'workspaces' },
  query: z.object({ project: z.string().optional() }),
  body: z.object({ workspaces: z.array(z.string()) }),
  response: EmptySchema,
});

beforeEach(async () => {
  ({ db } = await newDatabase());
  stage = await createTeamsStage(db);
  dana = stage.dana.principal;
  bea = await stage.join();
  cleo = await stage.join();
  shop = await seedWorkspace(db, stage.dana);
  for (const route of [look, work, things]) registerRoute(stage.app, route, async () => ({}));
  for (const noun of ['change-sets', 'checkpoints', 'sessions', 'snapshots'])
    stage.app.get(`/api/v1/${noun}/:id/file`, async () => ({ data: null, error: null }));
});
afterEach(() => stage.app.close());

function of(): string {
  return `/projects/${shop.projectId}/access`;
}

function ofPerson({ userId }: Principal): string {
  return `${of()}/people/${userId}`;
}

function restrict(): Promise<unknown> {
  return stage.call(dana, `PUT ${of()}`, { access: 'restricted' });
}

async function statusesOf(person: Principal, handle = shop.name): Promise<number[]> {
  const questions = [
    `GET /workspaces/${handle}/anything`,
    `POST /workspaces/${handle}/anything`,
    `PUT ${ofPerson(cleo)}`,
  ];
  const answers = [];
  for (const question of questions)
    answers.push((await stage.call(person, question, { level: 'view' })).status);
  return answers;
}

describe('a project', () => {
  it('is open to everybody in the organization at first; its owner and admins decide about it', async () => {
    const admin = await stage.join('admin');
    const asked = async (person: Principal) => (await stage.call(person, `GET ${of()}`)).data;

    expect(await asked(dana)).toMatchObject({ access: 'organization', mayDecide: true });
    expect(await asked(admin)).toMatchObject({ level: 'manage', mayDecide: true });
    expect(await asked(bea)).toMatchObject({ level: 'manage', mayDecide: false });
    const refused = await stage.call(bea, `PUT ${of()}`, { access: 'restricted' });
    expect(refused).toMatchObject({ status: 403, code: 'not_permitted' });
  });

  it('is not there for others once it is restricted, by any of its names, whatever they ask', async () => {
    expect(await statusesOf(bea)).toEqual([200, 200, 403]);

    await restrict();

    for (const handle of [shop.name, shop.id, shop.id.toUpperCase()])
      expect(await statusesOf(bea, handle)).toEqual([404, 404, 404]);
    expect(await statusesOf(dana)).toEqual([200, 200, 200]);
    expect((await stage.call(bea, `GET ${of()}`)).code).toBe('not_found');
  });

  it('is not there behind a query or a body that names it either', async () => {
    const status = async (query: string, body: object) =>
      (await stage.call(bea, `POST /things${query}`, body)).status;
    const named = { workspaces: ['nothing', shop.name] };
    expect(await status(`?project=${shop.projectId}`, named)).toBe(200);

    await restrict();

    expect(await status('', named)).toBe(404);
    expect(await status(`?project=${shop.projectId}`, { workspaces: [], project: 'x' })).toBe(404);
    await stage.call(dana, `PUT ${ofPerson(bea)}`, { level: 'view' });
    expect(await status('', named)).toBe(403);
    await stage.call(dana, `PUT ${ofPerson(bea)}`, { level: 'use' });
    expect(await status('', named)).toBe(200);
  });

  it('is asked for in vain by what can be the name of nothing', async () => {
    await restrict();
    expect(await stage.call(bea, 'GET /workspaces/%00/anything')).toMatchObject({
      ...{ status: 400, code: 'validation_failed' },
    });
  });

  it('stays hidden behind the id of another thing, also where a name of the own is that id', async () => {
    await restrict();
    const mine = await seedWorkspace(db, { ...stage.dana, userId: bea.userId });
    await db.update(workspaces).set({ name: shop.id }).where(eq(workspaces.id, mine.id));

    expect(await statusesOf(bea, shop.id)).toEqual([404, 404, 404]);
    expect(await statusesOf(bea, mine.id)).toEqual([200, 200, 404]);
  });

  it('is not mistaken for one that is called like its id', async () => {
    const other = await seedWorkspace(db, { ...stage.dana, userId: bea.userId });
    const isOther = eq(projects.id, other.projectId);
    await db.update(projects).set({ slug: shop.projectId }).where(isOther);

    await restrict();

    const restricted = await db.select().from(projects).where(eq(projects.access, 'restricted'));
    expect(restricted.map(({ id }) => id)).toEqual([shop.projectId]);
  });

  it.each([
    ['view', [200, 403, 403]],
    ['use', [200, 200, 403]],
    ['manage', [200, 200, 200]],
  ])('may be reached with the level %s, no further', async (level, statuses) => {
    await restrict();
    await stage.call(dana, `PUT ${ofPerson(bea)}`, { level });

    expect(await statusesOf(bea)).toEqual(statuses);
    const refused = await stage.call(bea, `DELETE ${ofPerson(dana)}`);
    expect(refused.code).toBe(level === 'manage' ? undefined : 'project_level');
  });

  it('can be given to a group, and is taken from who leaves it', async () => {
    const admin = await stage.join('admin');
    await restrict();
    const { data: group } = await stage.call(admin, 'POST /groups', { name: 'Shop' });
    await stage.call(dana, `PUT ${of()}/groups/${group.id}`, { level: 'use' });
    expect((await statusesOf(bea))[0]).toBe(404);

    await stage.call(admin, `PUT /groups/${group.id}/members/${bea.userId}`);
    expect(await statusesOf(bea)).toEqual([200, 200, 403]);
    expect((await stage.call(dana, 'GET /groups')).data).toMatchObject({
      items: [{ name: 'Shop', members: [{ id: bea.userId }], projects: 1 }],
    });

    await stage.call(admin, `DELETE /groups/${group.id}/members/${bea.userId}`);
    expect((await statusesOf(bea))[0]).toBe(404);
  });

  it('is decided about by no token that may write only, although its person is an admin', async () => {
    const token: Principal = { ...(await stage.join('admin')), scope: 'write' };

    expect(await stage.call(token, `PUT ${of()}`, { access: 'restricted' })).toMatchObject({
      ...{ status: 403, code: 'not_permitted' },
    });
  });

  it('is always an admin’s, and stays closed to a reader of another organization', async () => {
    await restrict();
    const admin = await stage.join('admin');
    const stranger = (await seedTenant(db)).principal;

    expect(await statusesOf(admin)).toEqual([200, 200, 200]);
    expect((await stage.call(stranger, `GET ${of()}`)).status).toBe(404);
    expect((await stage.call(stranger, `PUT ${ofPerson(bea)}`, { level: 'use' })).status).toBe(404);
  });

  it('is given to nobody from elsewhere', async () => {
    const stranger = (await seedTenant(db)).principal;
    await restrict();
    expect(await stage.call(dana, `PUT ${ofPerson(stranger)}`, { level: 'use' })).toMatchObject({
      code: 'not_found',
    });
    const unknown = await stage.call(dana, `PUT ${of()}/groups/${randomUUID()}`, { level: 'use' });
    expect(unknown.code).toBe('not_found');
  });

  it('waits for nobody who was removed and comes back', async () => {
    await restrict();
    await stage.call(dana, `PUT ${ofPerson(bea)}`, { level: 'use' });
    const { organizationId, userId } = bea;
    await db.transaction((tx) =>
      createMembersRepository(db).remove({ organizationId, userId }, tx),
    );
    await db.insert(organizationMembers).values({ organizationId, userId, role: 'developer' });
    stage.access.forget();

    expect((await statusesOf(bea))[0]).toBe(404);
  });

  it('tells in the audit log who gave it to whom', async () => {
    await restrict();
    await stage.call(dana, `PUT ${ofPerson(bea)}`, { level: 'use' });
    await stage.call(dana, `DELETE ${ofPerson(bea)}`);
    await stage.call(dana, `PUT ${of()}`, { access: 'organization' });

    const entries = await db.select().from(auditLog).orderBy(auditLog.createdAt);
    expect(entries.map(({ action, target }) => [action, target])).toEqual([
      ['project.restrict', shop.projectId],
      ['project.share', shop.projectId],
      ['project.unshare', shop.projectId],
      ['project.open', shop.projectId],
    ]);
    expect(stage.changed).toHaveLength(4);
    expect(await statusesOf(bea)).toEqual([200, 200, 403]);
  });

  it('hides what is of it behind ids of their own', async () => {
    await restrict();
    const { organizationId } = dana;
    const of = { organizationId, workspaceId: shop.id };
    const facts = { ...of, workspaceName: shop.name };
    const [change] = await db
      .insert(changeSets)
      .values({ ...of, summary: 'Start', outcome: 'committed' })
      .returning();
    const [point] = await db
      .insert(checkpoints)
      .values({ organizationId, projectId: shop.projectId, name: 'one' })
      .returning();
    const [session] = await db
      .insert(sessions)
      .values({
        ...{ ...facts, userId: bea.userId, userName: 'Bea', kind: 'ssh', address: '::1' },
        ...{ correlationId: 'c', startedAt: new Date(), seenAt: new Date() },
      })
      .returning();
    const [snapshot] = await db
      .insert(workspaceSnapshots)
      .values({
        ...{ ...facts, ownerId: bea.userId, name: 'copy', kind: 'manual' },
        ...{ sizeBytes: 1, unpackedBytes: 1 },
      })
      .returning();
    const things = {
      'change-sets': change,
      checkpoints: point,
      sessions: session,
      snapshots: snapshot,
    };
    for (const [noun, thing] of Object.entries(things)) {
      const question = `GET /${noun}/${thing?.id}/file`;
      expect((await stage.call(bea, question)).status, noun).toBe(404);
      expect((await stage.call(dana, question)).status, noun).toBe(200);
    }
  });
});
