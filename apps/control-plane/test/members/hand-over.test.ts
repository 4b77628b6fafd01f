import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  auditLog,
  gitLogins,
  organizationMembers,
  projectGrants,
  projects,
  workspaceLifecycles,
  workspaces,
  workspaceSnapshots,
} from '@spt-flow/db/schema';
import {
  createBelongingsRepository,
  createHandOver,
  createInvitationsRepository,
  createMembersRepository,
} from '../../src/features/members/index.ts';
import { createMembersService } from '../../src/features/members/members-service.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedPerson, seedTenant, seedWorkspace, type Tenant } from '../workspaces/seed.ts';

const newDatabase = useDatabases();
let db: TestDatabase['db'];
let ben: Tenant;
let shop: Awaited<ReturnType<typeof seedWorkspace>>;
let ada: string;
let stopped: string[];
let moved: unknown[];
let handOver: ReturnType<typeof createHandOver>;

beforeEach(async () => {
  ({ db } = await newDatabase());
  ben = await seedTenant(db);
  shop = await seedWorkspace(db, ben);
  ada = await join('admin');
  stopped = [];
  moved = [];
  const audit = createAudit(db);
  handOver = createHandOver({
    ...{ repository: createBelongingsRepository(db), audit },
    members: createMembersService({
      repository: createMembersRepository(db),
      invitations: createInvitationsRepository(db),
      ...{ audit, onRevoked: () => undefined },
    }),
    stop: async (_by, id) => {
      if (id !== shop.id) throw new Error('it is being deleted');
      stopped.push(id);
    },
    onMoved: (_organizationId, what) => void moved.push(what),
    onError: () => undefined,
  });
});

async function join(role: 'admin' | 'developer' | 'readonly'): Promise<string> {
  const userId = await seedPerson(db);
  await db.insert(organizationMembers).values({ organizationId: ben.organizationId, userId, role });
  return userId;
}

function call() {
  const principal = { ...ben.principal, userId: ada, role: 'admin', scope: 'admin' } as const;
  return { principal, correlationId: 'leave-1' };
}

function remove(choice: { transferTo?: string; stop?: boolean } = {}) {
  return handOver.removeMember(call(), { userId: ben.userId, stop: false, ...choice });
}

async function ownersOf() {
  const [workspace] = await db.select().from(workspaces).where(eq(workspaces.id, shop.id));
  const [project] = await db.select().from(projects).where(eq(projects.id, shop.projectId));
  return [workspace?.ownerId, project?.userId];
}

describe('what somebody has', () => {
  it('is told before they are removed', async () => {
    const { organizationId } = ben;
    const schedule = { kind: 'any' };
    await db.insert(workspaceLifecycles).values({ organizationId, workspaceId: shop.id, schedule });

    expect(await handOver.belongings(call().principal, ben.userId)).toEqual({
      workspaces: [
        { id: shop.id, name: shop.name, actualState: shop.actualState, hasSchedule: true },
      ],
      projects: [{ id: shop.projectId, name: expect.any(String) as string }],
    });
    const { principal: stranger } = await seedTenant(db);
    await expect(handOver.belongings(stranger, ben.userId)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('goes to a member with its copies and the way in, without git credentials', async () => {
    const { organizationId, userId } = ben;
    await db.update(projects).set({ access: 'restricted' });
    const facts = { organizationId, workspaceId: shop.id, workspaceName: shop.name };
    await db.insert(workspaceSnapshots).values({
      ...{ ...facts, ownerId: userId, name: 'copy', kind: 'manual' },
      ...{ sizeBytes: 1, unpackedBytes: 1 },
    });
    const login = { organizationId, userId, origin: 'https://git.example', path: '' };
    await db.insert(gitLogins).values({ ...login, username: 'ben', sealedToken: 'sealed' });
    const heir = await join('developer');

    const done = await remove({ transferTo: heir, stop: true });

    expect(done).toEqual({ workspaces: 1, projects: 1, stopped: 1 });
    expect(await ownersOf()).toEqual([heir, heir]);
    expect(stopped).toEqual([shop.id]);
    expect(moved).toEqual([{ workspaces: [shop.id], projects: [shop.projectId] }]);
    expect(await db.select().from(workspaceSnapshots)).toMatchObject([{ ownerId: heir }]);
    expect(await db.select().from(projectGrants)).toMatchObject([
      { projectId: shop.projectId, userId: heir, level: 'manage' },
    ]);
    expect(await db.select().from(gitLogins)).toEqual([]);
    const entries = await db.select().from(auditLog).orderBy(auditLog.id);
    expect(entries.map(({ action, target }) => [action, target]).toSorted()).toEqual([
      ['member.remove', userId],
      ['project.hand-over', shop.projectId],
      ['workspace.hand-over', shop.id],
    ]);
  });

  it('stays theirs, and can be handed over once they are gone', async () => {
    await remove();
    expect(await ownersOf()).toEqual([ben.userId, ben.userId]);
    expect(await handOver.former(call().principal)).toMatchObject([
      { id: ben.userId, workspaces: 1, projects: 1 },
    ]);

    await handOver.handOver(call(), { from: ben.userId, to: ada });

    expect(await ownersOf()).toEqual([ada, ada]);
    expect(await handOver.former(call().principal)).toEqual([]);
  });

  it('goes to nobody who could not use it, and then nobody is removed', async () => {
    const stranger = (await seedTenant(db)).userId;
    const refused: [string, string][] = [
      [await join('readonly'), 'validation_failed'],
      [ben.userId, 'validation_failed'],
      [stranger, 'not_found'],
      [randomUUID(), 'not_found'],
    ];
    for (const [transferTo, code] of refused)
      await expect(remove({ transferTo })).rejects.toMatchObject({ code });

    expect(await ownersOf()).toEqual([ben.userId, ben.userId]);
    expect(await db.$count(organizationMembers, eq(organizationMembers.userId, ben.userId))).toBe(
      1,
    );
  });

  it('is stopped as far as it can be', async () => {
    await seedWorkspace(db, ben);
    expect(await remove({ stop: true })).toMatchObject({ stopped: 1 });
    expect(stopped).toEqual([shop.id]);
  });
});
