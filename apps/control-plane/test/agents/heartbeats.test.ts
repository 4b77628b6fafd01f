import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { Database } from '@spt-flow/db/client';
import { agents } from '@spt-flow/db/schema';
import { createAgentsRepository } from '../../src/features/agents/agents-repository.ts';
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
      publicKey: 'key',
      keyId: randomUUID(),
      channelBinding: 'none',
      version: '0.1.0',
      bootId: 'boot',
      machineFingerprint: 'machine',
    })
    .returning();
  if (!agent) throw new Error('seed failed');
  return agent;
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

    const news = await repository.recordHeartbeats([
      { agentId: two.id, rssBytes: 40 * MIB, at: later },
      { agentId: randomUUID(), rssBytes: 1, at: AT },
      { agentId: one.id, rssBytes: 30 * MIB, at: AT },
    ]);

    expect(news.toSorted()).toEqual([one.workspaceId, two.workspaceId].toSorted());
    expect(await read(db, one.id)).toEqual({ rssBytes: 30 * MIB, lastSeenAt: AT });
    expect(await read(db, two.id)).toEqual({ rssBytes: 40 * MIB, lastSeenAt: later });
    expect(await read(db, silent.id)).toEqual({ rssBytes: null, lastSeenAt: null });
  });

  it('tell pages of a memory that changed by a tenth, and store no smaller change', async () => {
    const { db } = await newDatabase();
    const repository = createAgentsRepository(db);
    const { id, workspaceId } = await seedAgent(db);
    const beat = (rssBytes: number) =>
      repository.recordHeartbeats([{ agentId: id, rssBytes, at: AT }]);

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
      const beats = [locked, free].map(({ id }) => ({ agentId: id, rssBytes: MIB, at: AT }));
      expect(await repository.recordHeartbeats(beats)).toEqual([free.workspaceId]);
    });
  });
});
