import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '@spt-flow/db/client';
import { agents } from '@spt-flow/db/schema';
import {
  createHandshakeRepository,
  type HandshakeRepository,
} from '../../src/features/agents/identity/handshake-repository.ts';
import { useDatabases } from '../support/database.ts';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';

const AT = new Date('2026-11-21T09:00:00.000Z');
const SIGHTING = { version: '0.2.0', bootId: 'boot-2', machineFingerprint: 'machine-2' };

describe('handshakes that share statements', () => {
  const newDatabase = useDatabases();
  let db: Database;
  let repository: HandshakeRepository;

  beforeAll(async () => {
    ({ db } = await newDatabase());
    repository = createHandshakeRepository(db);
  });

  async function seedAgent(values: Partial<typeof agents.$inferInsert> = {}) {
    const { organizationId, id: workspaceId } = await seedWorkspace(db, await seedTenant(db));
    const machine = { version: '0.1.0', bootId: 'boot', machineFingerprint: 'machine' };
    const [agent] = await db
      .insert(agents)
      .values({ organizationId, workspaceId, channelBinding: 'none', ...machine, ...values })
      .returning();
    if (!agent) throw new Error('seed failed');
    return agent;
  }

  async function read(id: string) {
    const [row] = await db.select().from(agents).where(eq(agents.id, id));
    return row;
  }

  it('admit those that are as they were judged, each once', async () => {
    const good = await seedAgent();
    const moved = await seedAgent({ revision: 3 });
    const revoked = await seedAgent({ revokedAt: AT });
    const change = (id: string, revision = 0) => ({
      ...{ id, revision, ackedGeneration: 4, pendingGeneration: 5 },
    });

    const admitted = await repository.admit([
      change(moved.id, 2),
      change(good.id),
      change(revoked.id),
      change(good.id),
      change(randomUUID()),
    ]);

    expect([admitted[0], admitted[2], admitted[4]]).toEqual([false, false, false]);
    expect([admitted[1], admitted[3]].filter(Boolean)).toHaveLength(1);
    expect(await read(good.id)).toMatchObject({
      ...{ revision: 1, ackedGeneration: 4, pendingGeneration: 5 },
    });
    expect(await read(moved.id)).toMatchObject({ revision: 3, ackedGeneration: 0 });
    expect(await read(revoked.id)).toMatchObject({ revision: 0, ackedGeneration: 0 });
  });

  it('admit one of two replicas that judged the same', async () => {
    const many = await Promise.all(Array.from({ length: 8 }, () => seedAgent()));
    const changes = many.map(({ id }) => ({
      ...{ id, revision: 0, ackedGeneration: 1, pendingGeneration: 2 },
    }));

    const [one, other] = await Promise.all([
      repository.admit(changes),
      repository.admit(changes.toReversed()),
    ]);

    const admitted = one.map((isAdmitted, index) => [isAdmitted, other.toReversed()[index]]);
    expect(admitted.map((both) => both.filter(Boolean).length)).toEqual(many.map(() => 1));
  });

  it('give the agent to the session whose generation is pending', async () => {
    const quarantine = {
      ...{ state: 'open' as const, kind: 'second_machine' as const, generation: 1 },
      ...{ bootId: 'b', machineFingerprint: 'm', since: AT.toISOString() },
    };
    const agent = await seedAgent({ pendingGeneration: 2, quarantine });
    const other = await seedAgent({ pendingGeneration: 7 });
    const revoked = await seedAgent({ pendingGeneration: 2, revokedAt: AT });
    const sessionId = randomUUID();
    const ownership = (id: string, endsQuarantine = false) => ({
      ...{ id, sessionId, generation: 2, sighting: SIGHTING, endsQuarantine },
    });

    const owned = await repository.own(
      [ownership(other.id), ownership(agent.id, true), ownership(revoked.id)],
      AT,
      db,
    );

    const { id, organizationId, workspaceId } = agent;
    expect(owned).toEqual([
      undefined,
      expect.objectContaining({ id, organizationId, workspaceId }),
      undefined,
    ]);
    expect(await read(id)).toMatchObject({
      ...{ sessionId, ...SIGHTING, lastSeenAt: AT, quarantine: null, revision: 1 },
      ...{ ackedGeneration: 2, pendingGeneration: null },
    });
    expect(await read(other.id)).toMatchObject({ sessionId: null, pendingGeneration: 7 });
  });

  it('end their own session only', async () => {
    const [sessionId, later] = [randomUUID(), randomUUID()];
    const agent = await seedAgent({ sessionId });
    const taken = await seedAgent({ sessionId: later });

    const ended = await repository.disown(
      [
        { agentId: taken.id, sessionId },
        { agentId: agent.id, sessionId },
      ],
      db,
    );

    expect(ended).toEqual([undefined, expect.objectContaining({ id: agent.id })]);
    expect(await read(agent.id)).toMatchObject({ sessionId: null });
    expect(await read(taken.id)).toMatchObject({ sessionId: later });
  });

  it('find each agent with what the key that it showed is to it', async () => {
    const agent = await seedAgent();
    const other = await seedAgent();
    const { organizationId } = agent;
    await db.execute(sql`
      insert into agent_keys (key_id, organization_id, agent_id, public_key, state, created_at)
      values ('key', ${organizationId}, ${agent.id}, 'public', 'current', ${AT.toISOString()})`);

    const found = await repository.findWithKeys([
      { agentId: other.id, keyId: 'key' },
      { agentId: randomUUID(), keyId: 'key' },
      { agentId: agent.id, keyId: 'key' },
    ]);

    expect(found.map((row) => row && [row.agent.id, row.keyState])).toEqual([
      [other.id, null],
      undefined,
      [agent.id, 'current'],
    ]);
    const ages = await repository.findWithKeyAges([other.id, agent.id]);
    expect(ages.map((row) => row?.keySince)).toEqual([null, AT]);
  });
});
