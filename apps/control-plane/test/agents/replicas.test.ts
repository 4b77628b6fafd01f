import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { enrolmentTokens } from '@spt-flow/db/schema';
import { TEST_SERVERS } from '@spt-flow/db/testing/test-cluster';
import type { Revocation } from '@spt-flow/shared/api/agents';
import { AppError } from '@spt-flow/shared/domain/errors';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import type { AgentsServer } from './agents-server.ts';
import { useIdentityStage } from './identity-stage.ts';
import { joinAgent, newTestAgent, type TestAgent } from './test-agent.ts';

describe.each(TEST_SERVERS)('several control planes on the %s server', (kind) => {
  const stage = useIdentityStage(kind);

  function startReplicas(): Promise<AgentsServer[]> {
    return Promise.all([1, 2, 3].map(() => stage.startReplica()));
  }

  async function joinOne(server: AgentsServer) {
    const workspace = await seedWorkspace(stage.database.db, stage.tenant);
    const agent = newTestAgent();
    const { token } = await server.agents.enrolmentTokens.create(workspace);
    const tunnel = await joinAgent(server, agent, { token });
    await vi.waitFor(() => expect(server.agents.hub.isOnline(workspace.id)).toBe(true));
    return { agent, tunnel, workspace, server };
  }

  function revoke(server: AgentsServer, revocation: Revocation) {
    const { principal } = stage.tenant;
    return server.agents.service.revoke(revocation, { principal, correlationId: 'revoke-1' });
  }

  it('close the connections of a member everywhere, whoever revoked them, and let nobody in again', async () => {
    const replicas = await startReplicas();
    const joined = await Promise.all(replicas.map(joinOne));
    const other = await seedWorkspace(stage.database.db, await seedTenant(stage.database.db));
    const stays = newTestAgent();
    const [first = stage.server, second = stage.server] = replicas;
    const { token } = await second.agents.enrolmentTokens.create(other);
    const staying = await joinAgent(second, stays, { token });

    const revoked = await revoke(first, { kind: 'user', id: stage.tenant.userId });

    expect(revoked).toEqual({ agents: 3, tokens: 3 });
    for (const { tunnel } of joined) expect(await tunnel.closed).toBe('revoked');
    for (const { server, workspace } of joined)
      await vi.waitFor(() => expect(server.agents.hub.isOnline(workspace.id)).toBe(false));
    for (const { agent } of joined)
      for (const replica of replicas)
        await expect(joinAgent(replica, agent)).rejects.toMatchObject({ code: 'refused' });
    await expect(staying.ping()).resolves.toBeTypeOf('number');
  });

  it.each<[string, (found: Found) => Revocation]>([
    ['agent', ({ agentId }) => ({ kind: 'agent', id: agentId })],
    ['workspace', ({ workspaceId }) => ({ kind: 'workspace', id: workspaceId })],
    ['key', ({ keyId }) => ({ kind: 'key', id: keyId })],
    ['join token', ({ tokenId }) => ({ kind: 'join-token', id: tokenId })],
  ])('close a connection elsewhere when its %s is revoked', async (_name, revocationOf) => {
    const [holder = stage.server, other = stage.server] = await startReplicas();
    const { agent, tunnel, workspace } = await joinOne(holder);

    await revoke(other, revocationOf(await find(agent, workspace.id)));

    expect(await tunnel.closed).toBe('revoked');
    await expect(joinAgent(other, agent)).rejects.toMatchObject({ code: 'refused' });
    expect(holder.agents.hub.isOnline(workspace.id)).toBe(false);
  });

  interface Found {
    readonly agentId: string;
    readonly workspaceId: string;
    readonly keyId: string;
    readonly tokenId: string;
  }

  async function find({ state, key }: TestAgent, workspaceId: string): Promise<Found> {
    const [token] = await stage.database.db
      .select()
      .from(enrolmentTokens)
      .where(eq(enrolmentTokens.workspaceId, workspaceId));
    const agentId = state?.agentId ?? '';
    return { agentId, workspaceId, keyId: key.keyId, tokenId: token?.id ?? '' };
  }

  it('make a token worthless that nobody has used yet', async () => {
    const { token } = await stage.server.agents.enrolmentTokens.create(stage.workspace);
    const { tokenId: id } = await find(newTestAgent(), stage.workspace.id);

    expect(await revoke(stage.server, { kind: 'join-token', id })).toEqual({
      agents: 0,
      tokens: 1,
    });

    await expect(joinAgent(stage.server, newTestAgent(), { token })).rejects.toMatchObject({
      code: 'token_invalid',
    });
  });

  it('revoke nothing of another organization', async () => {
    const { agent, tunnel, workspace } = await joinOne(stage.server);
    const { agentId, keyId, tokenId } = await find(agent, workspace.id);
    const { principal } = await seedTenant(stage.database.db);
    const by = { principal, correlationId: 'revoke-1' };

    for (const revocation of [
      { kind: 'agent', id: agentId },
      { kind: 'workspace', id: workspace.id },
      { kind: 'key', id: keyId },
      { kind: 'join-token', id: tokenId },
      { kind: 'agent', id: randomUUID() },
    ] satisfies Revocation[])
      await expect(stage.server.agents.service.revoke(revocation, by)).rejects.toThrow(AppError);
    const none = await stage.server.agents.service.revoke(
      { kind: 'user', id: stage.tenant.userId },
      by,
    );
    expect(none).toEqual({ agents: 0, tokens: 0 });
    await expect(tunnel.ping()).resolves.toBeTypeOf('number');
  });

  it('hand an agent over: the connection that it had elsewhere is closed', async () => {
    const [first = stage.server, second = stage.server] = await startReplicas();
    const { agent, tunnel, workspace } = await joinOne(first);

    await joinAgent(second, agent);

    expect(await tunnel.closed).toBe('replaced');
    await vi.waitFor(() => expect(first.agents.hub.isOnline(workspace.id)).toBe(false));
    await vi.waitFor(() => expect(second.agents.hub.isOnline(workspace.id)).toBe(true));
  });

  it('detain a copy that connects to another one, and keep the first', async () => {
    const [first = stage.server, second = stage.server] = await startReplicas();
    const { agent, tunnel, workspace } = await joinOne(first);
    const copy = { ...agent, machine: newTestAgent().machine };

    await expect(joinAgent(second, copy)).rejects.toMatchObject({ code: 'try_later' });
    await vi.waitFor(async () =>
      expect((await stage.row(workspace.id)).quarantine).toMatchObject({ state: 'open' }),
    );

    await expect(joinAgent(second, copy)).rejects.toMatchObject({ code: 'quarantined' });
    await expect(tunnel.ping()).resolves.toBeTypeOf('number');
  });

  it('find out what they missed while they did not hear each other', async () => {
    const [deaf = stage.server, other = stage.server] = await startReplicas();
    const { tunnel, workspace } = await joinOne(deaf);
    await stage.database.db.execute(
      sql`select pg_terminate_backend(pid) from pg_stat_activity
          where query like 'listen%' and datname = current_database()`,
    );

    await revoke(other, { kind: 'workspace', id: workspace.id });

    expect(await tunnel.closed).toBe('revoked');
  });

  it('learn of a raised epoch', async () => {
    const [first = stage.server, second = stage.server] = await startReplicas();
    const { agent } = await joinOne(second);
    await first.raiseEpoch();

    await vi.waitFor(async () => {
      await joinAgent(second, agent);
      expect(agent.state?.joinState.epoch).toBe(Math.floor(stage.now.getTime() / 1_000));
    });
  });
});
