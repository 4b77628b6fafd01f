import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { enrolmentTokens, workspaceLogs } from '@spt-flow/db/schema';
import { hashJoinToken } from '@spt-flow/tunnel/handshake/crypto';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import { useIdentityStage } from './identity-stage.ts';
import { joinAgent, newTestAgent } from './test-agent.ts';

const stage = useIdentityStage();

async function storedTokens() {
  return stage.database.db
    .select()
    .from(enrolmentTokens)
    .where(eq(enrolmentTokens.workspaceId, stage.workspace.id));
}

describe('enrolment', () => {
  it('makes an agent of the workspace, online, with its token used up', async () => {
    const agent = newTestAgent();

    await joinAgent(stage.server, agent, { token: await stage.newToken() });
    await stage.online(true);

    expect(agent.state?.workspaceId).toBe(stage.workspace.id);
    const [row, ...others] = await stage.rows();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      id: agent.state?.agentId,
      ackedGeneration: 1,
      pendingGeneration: null,
      channelBinding: 'none',
      version: '1.2.3',
      organizationId: stage.workspace.organizationId,
      address: '127.0.0.1',
    });
    expect(await stage.keyStates()).toEqual({ [agent.key.keyId]: 'current' });
    const [token] = await storedTokens();
    expect(token).toMatchObject({ usedAt: stage.now, usedByKeyId: agent.key.keyId });
    expect(await stage.actions()).toEqual(['agent.enrol']);
  });

  it('stores no token in plain text', async () => {
    const token = await stage.newToken();

    expect(await storedTokens()).toHaveLength(1);
    expect(JSON.stringify(await storedTokens())).not.toContain(token.slice(-20));
  });

  it('refuses a token that nobody made, one that expired, and one that is not the announced one', async () => {
    await expect(
      joinAgent(stage.server, newTestAgent(), { token: 'sptf_join_that_nobody_ever_made' }),
    ).rejects.toMatchObject({ code: 'token_invalid' });

    const expired = await stage.newToken();
    stage.now = new Date(stage.now.getTime() + 10 * 60_000);
    await expect(joinAgent(stage.server, newTestAgent(), { token: expired })).rejects.toMatchObject(
      {
        code: 'token_invalid',
      },
    );

    const good = await stage.newToken();
    const tamper = (message: Record<string, unknown>) =>
      'token' in message ? { ...message, token: `${good}x` } : message;
    await expect(
      joinAgent(stage.server, newTestAgent(), { token: good, tamper }),
    ).rejects.toMatchObject({
      code: 'token_invalid',
    });
    expect(await stage.rows()).toEqual([]);
  });

  it('refuses a token that another key has made for itself, and keeps it for that one', async () => {
    const invited = newTestAgent();
    const { keyId } = invited.key;
    const token = `sptf_join_${randomUUID()}`;
    await stage.server.agents.enrolmentTokens.admit(stage.workspace, {
      tokenHash: hashJoinToken(token),
      keyId,
    });

    await expect(joinAgent(stage.server, newTestAgent(), { token })).rejects.toMatchObject({
      code: 'token_invalid',
    });
    await joinAgent(stage.server, invited, { token });

    expect(await stage.rows()).toMatchObject([{ id: invited.state?.agentId }]);
  });

  it('lets exactly one of many use a token, and reports the others', async () => {
    const token = await stage.newToken();

    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => joinAgent(stage.server, newTestAgent(), { token })),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await stage.rows()).toHaveLength(1);
    await vi.waitFor(async () =>
      expect(await stage.actions()).toEqual(['agent.enrol', 'agent.token_reused']),
    );
    await vi.waitFor(async () =>
      expect(
        await stage.database.db
          .select()
          .from(workspaceLogs)
          .where(eq(workspaceLogs.workspaceId, stage.workspace.id)),
      ).toMatchObject([{ level: 'error', source: 'agent' }]),
    );
  });

  it('gives the same agent to the same key when it died before it had stored its welcome', async () => {
    const agent = newTestAgent();
    const token = await stage.newToken();
    await expect(joinAgent(stage.server, agent, { token, persistFails: true })).rejects.toThrow(
      'disk full',
    );

    await joinAgent(stage.server, agent, { token });
    await stage.online(true);

    expect(await stage.rows()).toHaveLength(1);
    expect((await stage.rows())[0]).toMatchObject({
      id: agent.state?.agentId,
      ackedGeneration: 2,
    });
  });

  it('gives the same agent also when it comes back with a fresh token', async () => {
    const agent = newTestAgent();
    await expect(
      joinAgent(stage.server, agent, { token: await stage.newToken(), persistFails: true }),
    ).rejects.toThrow('disk full');

    await joinAgent(stage.server, agent, { token: await stage.newToken() });

    expect(await stage.rows()).toHaveLength(1);
  });

  it('does not let a used token be used again after the first welcome was stored', async () => {
    const agent = newTestAgent();
    const token = await stage.newToken();
    await joinAgent(stage.server, agent, { token });
    await stage.online(true);
    agent.state = undefined;

    await expect(joinAgent(stage.server, agent, { token })).rejects.toMatchObject({
      code: 'token_invalid',
    });
  });

  it('takes the place of the agent before, whose key is dead from then on', async () => {
    const before = await stage.enrolled();

    const after = newTestAgent();
    await joinAgent(stage.server, after, { token: await stage.newToken() });

    await expect(joinAgent(stage.server, before)).rejects.toMatchObject({ code: 'refused' });
    const rows = await stage.rows();
    expect(rows.map(({ revokedAt }) => revokedAt !== null)).toEqual([true, false]);
  });

  it("refuses a key that is another workspace's agent", async () => {
    const agent = await stage.enrolled();
    const other = await seedWorkspace(stage.database.db, await seedTenant(stage.database.db));
    agent.state = undefined;

    await expect(
      joinAgent(stage.server, agent, { token: await stage.newToken(other) }),
    ).rejects.toMatchObject({
      code: 'token_invalid',
    });
    expect(stage.server.agents.hub.isOnline(other.id)).toBe(false);
  });
});
