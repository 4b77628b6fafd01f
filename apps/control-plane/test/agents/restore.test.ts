import { eq } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { agentKeys, agents } from '@spt-flow/db/schema';
import { useIdentityStage } from './identity-stage.ts';
import { joinAgent, newMachine, type TestAgent } from './test-agent.ts';

const stage = useIdentityStage();

/** Returns what puts the database back to what it says now. */
async function backUp(): Promise<() => Promise<void>> {
  const { db } = stage.database;
  const row = await stage.row();
  const keys = await db.select().from(agentKeys).where(eq(agentKeys.agentId, row.id));
  return async () => {
    await db.delete(agentKeys).where(eq(agentKeys.agentId, row.id));
    await db.update(agents).set(row).where(eq(agents.id, row.id));
    await db.insert(agentKeys).values(keys);
  };
}

async function goOn(agent: TestAgent): Promise<void> {
  for (const _ of [1, 2, 3]) await stage.rejoin(agent);
  await stage.server.agents.service.rotateKey(stage.workspace);
  const tunnel = await stage.rejoin(agent);
  tunnel.close('bye');
  await vi.waitFor(async () => expect((await stage.row()).sessionId).toBeNull());
}

describe('an agent that is ahead of a restored database', () => {
  async function restored(): Promise<TestAgent> {
    const agent = await stage.joined();
    const restore = await backUp();
    await goOn(agent);
    await restore();
    return agent;
  }

  it('is put off, and people are told, until the operator says that it was restored', async () => {
    const agent = await restored();
    const before = await stage.row();

    await expect(joinAgent(stage.server, agent)).rejects.toMatchObject({ code: 'refused' });
    expect(await stage.row()).toEqual(before);

    await stage.server.raiseEpoch();
    await stage.rejoin(agent);
    expect(await stage.actions()).toContain('agent.restored');
    expect(await stage.keyStates()).toMatchObject({ [agent.key.keyId]: 'current' });
  });

  it('keeps its old state out', async () => {
    const agent = await stage.joined();
    const old = { ...agent };
    const restore = await backUp();
    await goOn(agent);
    await restore();
    await stage.server.raiseEpoch();
    await stage.rejoin(agent);

    const copy = { ...old, machine: newMachine() };
    await expect(joinAgent(stage.server, copy)).rejects.toMatchObject({ code: 'refused' });
    await vi.waitFor(async () => expect(await stage.actions()).toContain('agent.retired_key'));
  });

  it('is put off with its key known, and told why', async () => {
    const agent = await stage.joined();
    const restore = await backUp();
    for (const _ of [1, 2]) await stage.rejoin(agent);
    await restore();

    await expect(joinAgent(stage.server, agent)).rejects.toMatchObject({
      code: 'try_later',
      retryAfterSeconds: 60,
    });
    await vi.waitFor(async () => expect(await stage.actions()).toContain('agent.generation_ahead'));
    expect((await stage.row()).quarantine).toBeNull();
  });
});
