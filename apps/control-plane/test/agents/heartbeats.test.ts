import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { Database } from '@spt-flow/db/client';
import { agents } from '@spt-flow/db/schema';
import { createAgentsRepository } from '../../src/features/agents/identity/agents-repository.ts';
import { useDatabases } from '../support/database.ts';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';

const MIB = 1024 * 1024;
const AT = new Date('2026-11-21T09:00:00.000Z');

async function seedAgent(db: Database) {
  const workspace = await seedWorkspace(db, await seedTenant(db));
  const [agent] = await db
    .insert(agents)
    .values({
      organizationId: workspace.organizationId,
      workspaceId: workspace.id,
      sessionId: randomUUID(),
      channelBinding: 'none',
      version: '0.1.0',
      bootId: 'boot',
      machineFingerprint: 'machine',
    })
    .returning();
  if (!agent) throw new Error('seed failed');
  return { ...agent, sessionId: agent.sessionId ?? '' };
}

type Agent = Awaited<ReturnType<typeof seedAgent>>;

function beatOf({ id, sessionId }: Pick<Agent, 'id' | 'sessionId'>, rssBytes: number, at = AT) {
  return { agentId: id, sessionId, rssBytes, at };
}

async function read(db: Database, id: string) {
  const [row] = await db.select().from(agents).where(eq(agents.id, id));
  return { rssBytes: row?.rssBytes, lastSeenAt: row?.lastSeenAt };
}

describe('stored heartbeats', () => {
  const newDatabase = useDatabases();

  it('keep to their own agents, also of several organizations', async () => {
    const { db } = await newDatabase();
    const repository = createAgentsRepository(db);
    const [one, two, silent] = [await seedAgent(db), await seedAgent(db), await seedAgent(db)];
    const later = new Date(AT.getTime() + 1);

    const nobody = { id: randomUUID(), sessionId: randomUUID() };

    const { news, lost } = await repository.recordHeartbeats([
      beatOf(two, 40 * MIB, later),
      beatOf(nobody, 1),
      beatOf(one, 30 * MIB),
    ]);

    expect(lost).toEqual([nobody.id]);
    expect(news.toSorted()).toEqual([one.workspaceId, two.workspaceId].toSorted());
    expect(await read(db, one.id)).toEqual({ rssBytes: 30 * MIB, lastSeenAt: AT });
    expect(await read(db, two.id)).toEqual({ rssBytes: 40 * MIB, lastSeenAt: later });
    expect(await read(db, silent.id)).toEqual({ rssBytes: null, lastSeenAt: null });
  });

  it('tell pages of a memory that changed by a tenth, and store no smaller change', async () => {
    const { db } = await newDatabase();
    const repository = createAgentsRepository(db);
    const agent = await seedAgent(db);
    const { id, workspaceId } = agent;
    const beat = async (rssBytes: number) =>
      (await repository.recordHeartbeats([beatOf(agent, rssBytes)])).news;

    expect(await beat(40 * MIB)).toEqual([workspaceId]);
    expect(await beat(43 * MIB)).toEqual([]);
    expect((await read(db, id)).rssBytes).toBe(40 * MIB);
    expect(await beat(44 * MIB)).toEqual([workspaceId]);
    expect((await read(db, id)).rssBytes).toBe(44 * MIB);
  });

  it('wait for no row that somebody else changes now', async () => {
    const { db } = await newDatabase();
    const repository = createAgentsRepository(db);
    const [locked, free] = [await seedAgent(db), await seedAgent(db)];

    await db.transaction(async (tx) => {
      await tx.update(agents).set({ version: '0.2.0' }).where(eq(agents.id, locked.id));
      const beats = [locked, free].map((agent) => beatOf(agent, MIB));
      const recorded = await repository.recordHeartbeats(beats);
      expect(recorded).toEqual({ news: [free.workspaceId], lost: [] });
    });
  });

  it('are those of the owner only, and name the others', async () => {
    const { db } = await newDatabase();
    const repository = createAgentsRepository(db);
    const [replaced, revoked] = [await seedAgent(db), await seedAgent(db)];
    await db.update(agents).set({ revokedAt: AT }).where(eq(agents.id, revoked.id));

    const recorded = await repository.recordHeartbeats([
      beatOf({ ...replaced, sessionId: randomUUID() }, MIB),
      beatOf(revoked, MIB),
    ]);

    expect(recorded.news).toEqual([]);
    expect(recorded.lost.toSorted()).toEqual([replaced.id, revoked.id].toSorted());
    expect(await read(db, replaced.id)).toEqual({ rssBytes: null, lastSeenAt: null });
  });
});
