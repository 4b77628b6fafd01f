import { eq } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { workspaceLogs } from '@spt-flow/db/schema';
import type { ClonePolicy } from '@spt-flow/tunnel/handshake/admission';
import type { Tunnel } from '@spt-flow/tunnel/types';
import type { Caller } from '../../src/features/agents/agents-service.ts';
import { useIdentityStage } from './identity-stage.ts';
import { joinAgent, newMachine, type TestAgent } from './test-agent.ts';

const stage = useIdentityStage();

function caller(): Caller {
  return { principal: stage.tenant.principal, correlationId: 'decision-1' };
}

function copyOf(agent: TestAgent, machine = newMachine()): TestAgent {
  return { key: agent.key, state: agent.state, machine };
}

async function connect(agent: TestAgent): Promise<Tunnel> {
  const tunnel = await joinAgent(stage.server, agent);
  await stage.online(true);
  return tunnel;
}

async function leave(tunnel: Tunnel): Promise<void> {
  tunnel.close('bye');
  await stage.online(false);
  await vi.waitFor(async () => expect((await stage.row()).sessionId).toBeNull());
}

/** The live agent is asked whether it lives, and has a newer state afterwards. */
async function expectDetained(copy: TestAgent): Promise<void> {
  await expect(joinAgent(stage.server, copy)).rejects.toMatchObject({ code: 'try_later' });
  await vi.waitFor(async () => expect((await stage.row()).quarantine?.state).toBe('open'));
  await vi.waitFor(async () => expect(await stage.actions()).toContain('agent.renew'));
  await expect(joinAgent(stage.server, copy)).rejects.toMatchObject({ code: 'quarantined' });
}

describe('a second machine with the identity of a live agent', () => {
  it('is detained and reported, once, while the first one goes on', async () => {
    const agent = await stage.joined();
    const first = stage.server.agents.hub.sessionOf(stage.workspace.id);

    await expectDetained(copyOf(agent));
    await expectDetained(copyOf(agent)).catch(() => undefined);

    expect(stage.server.agents.hub.sessionOf(stage.workspace.id)).toBe(first);
    const actions = await stage.actions();
    expect(actions.filter((action) => action === 'agent.second_machine')).toHaveLength(1);
    await vi.waitFor(async () =>
      expect(
        await stage.database.db
          .select()
          .from(workspaceLogs)
          .where(eq(workspaceLogs.workspaceId, stage.workspace.id)),
      ).toMatchObject([{ level: 'error', source: 'agent' }]),
    );
  });

  it('stays detained once the first one is gone, which comes back even after a reboot', async () => {
    const agent = await stage.joined();
    const copy = copyOf(agent);
    await expectDetained(copy);
    stage.server.agents.hub.disconnect(stage.workspace.id, 'network lost');
    await stage.online(false);

    await expect(joinAgent(stage.server, copy)).rejects.toMatchObject({ code: 'quarantined' });
    const rebooted = { ...agent, machine: { ...agent.machine, bootId: newMachine().bootId } };
    await connect(rebooted);
  });

  it('takes the place of the first one when a person releases it, and the first one is the old one then', async () => {
    const agent = await stage.joined();
    const copy = copyOf(agent);
    await expectDetained(copy);

    await stage.server.agents.service.decide(stage.workspace, 'release', caller());
    await joinAgent(stage.server, copy);

    await vi.waitFor(async () => expect((await stage.row()).bootId).toBe(copy.machine.bootId));
    expect((await stage.row()).quarantine).toBeNull();
    await expect(joinAgent(stage.server, agent)).rejects.toMatchObject({ code: 'quarantined' });
    expect(await stage.actions()).toEqual(
      expect.arrayContaining(['agent.quarantine', 'agent.release', 'agent.released']),
    );
  });

  it('is still refused when a person dismisses the alarm', async () => {
    const agent = await stage.joined();
    const copy = copyOf(agent);
    await expectDetained(copy);

    await stage.server.agents.service.decide(stage.workspace, 'dismiss', caller());

    expect((await stage.row()).quarantine).toBeNull();
    await expect(joinAgent(stage.server, copy)).rejects.toMatchObject({ code: 'quarantined' });
  });

  it('is let in at once, by the policy replace, and the first one is the old one then', async () => {
    const agent = await stage.joined();
    await stage.server.agents.service.setPolicy(stage.workspace, 'replace', caller());
    const copy = copyOf(agent);

    await joinAgent(stage.server, copy);

    await vi.waitFor(async () => expect((await stage.row()).bootId).toBe(copy.machine.bootId));
    await stage.online(true);
    await expect(joinAgent(stage.server, agent)).rejects.toMatchObject({ code: 'quarantined' });
    expect(await stage.actions()).toEqual(expect.arrayContaining(['agent.replaced']));
  });

  it('is told to ask for a fork, by the policy fork', async () => {
    const agent = await stage.joined();
    await stage.server.agents.service.setPolicy(stage.workspace, 'fork', caller());
    const copy = copyOf(agent);
    await joinAgent(stage.server, copy).catch(() => undefined);
    await vi.waitFor(async () => expect((await stage.row()).quarantine?.state).toBe('open'));

    await expect(joinAgent(stage.server, copy)).rejects.toMatchObject({ code: 'fork_required' });
  });
});

describe('a machine in place of one that does not answer', () => {
  it('is let in once its connection turned out to be dead', async () => {
    const agent = await stage.joined();
    const { here } = stage.server.agents;
    vi.spyOn(here, 'isAlive').mockResolvedValueOnce(false);
    const moved = copyOf(agent);

    await expect(joinAgent(stage.server, moved)).rejects.toMatchObject({ code: 'try_later' });
    await vi.waitFor(async () => expect((await stage.row()).sessionId).toBeNull());

    await connect(moved);
    expect(await stage.actions()).toEqual(
      expect.arrayContaining(['agent.suspect', 'agent.absolve']),
    );
    expect((await stage.row()).quarantine).toBeNull();
  });

  it('is let in when nothing was heard of the connection for three heartbeats', async () => {
    const agent = await stage.joined();
    stage.now = new Date(stage.now.getTime() + 30_001);

    await connect(copyOf(agent));

    expect((await stage.row()).quarantine).toBeNull();
  });
});

describe('an old copy of a disk', () => {
  async function withOldCopy(): Promise<{ agent: TestAgent; old: TestAgent }> {
    const agent = await stage.joined();
    const old = copyOf(agent, agent.machine);
    stage.server.agents.hub.disconnect(stage.workspace.id, 'bye');
    await stage.online(false);
    await leave(await connect(agent));
    return { agent, old };
  }

  it('is detained and reported, while the present one comes back', async () => {
    const { agent, old } = await withOldCopy();

    for (const _ of [1, 2])
      await expect(joinAgent(stage.server, old)).rejects.toMatchObject({
        code: 'quarantined',
        retryAfterSeconds: 300,
      });

    const actions = await stage.actions();
    expect(actions.filter((action) => action === 'agent.quarantine')).toHaveLength(1);
    expect((await stage.server.agents.service.get(stage.workspace)).quarantine).toMatchObject({
      kind: 'stale_generation',
      state: 'open',
      generation: 1,
    });
    await connect(agent);
  });

  it('that a person releases is the agent from then on', async () => {
    const { agent, old } = await withOldCopy();
    await joinAgent(stage.server, old).catch(() => undefined);

    await stage.server.agents.service.decide(stage.workspace, 'release', caller());
    await connect(old);

    expect((await stage.row()).quarantine).toBeNull();
    await expect(joinAgent(stage.server, agent)).rejects.toMatchObject({ code: 'quarantined' });
  });

  it.each<[ClonePolicy, string]>([
    ['replace', 'connected'],
    ['fork', 'fork_required'],
  ])('is, by the policy %s, %s', async (policy, outcome) => {
    const { old } = await withOldCopy();
    await stage.server.agents.service.setPolicy(stage.workspace, policy, caller());

    const result = await joinAgent(stage.server, old).then(
      () => 'connected',
      (error: unknown) => (error as { code: string }).code,
    );

    expect(result).toBe(outcome);
  });

  it('leaves nothing to decide for who asks twice', async () => {
    const { old } = await withOldCopy();
    await joinAgent(stage.server, old).catch(() => undefined);
    await stage.server.agents.service.decide(stage.workspace, 'dismiss', caller());

    const again = stage.server.agents.service.decide(stage.workspace, 'release', caller());

    await expect(again).rejects.toMatchObject({ code: 'conflict' });
  });
});
