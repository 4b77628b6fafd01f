import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { startTestServer, type TestServer } from '@spt-flow/db/testing/test-database';
import type { DatabaseConnection } from '@spt-flow/db/client';
import {
  agentKeys,
  agents as agentRows,
  auditLog,
  enrolmentTokens,
  workspaceLogs,
} from '@spt-flow/db/schema';
import { AGENT_CONNECT_PATH, AGENT_SUBPROTOCOL } from '@spt-flow/shared/agent-protocol/handshake';
import { generateSigningKey, hashJoinToken } from '@spt-flow/tunnel/handshake/crypto';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import { type AgentsServer, startAgentsServer } from './agents-server.ts';
import { joinAgent, newTestAgent, type TestAgent } from './test-agent.ts';

let postgres: TestServer;
let database: DatabaseConnection;
let server: AgentsServer;
let workspace: Awaited<ReturnType<typeof seedWorkspace>>;
let now: Date;

beforeAll(async () => {
  postgres = await startTestServer();
}, 60_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  now = new Date('2026-11-21T09:00:00Z');
  database = await postgres.createDatabase();
  server = await startAgentsServer(database.db, {
    connection: database,
    clock: { now: () => now, monotonicMs: () => performance.now() },
  });
  workspace = await seedWorkspace(database.db, await seedTenant(database.db));
});
afterEach(async () => {
  await server.close();
  expect(server.errors).toEqual([]);
  await database.close();
});

async function newToken(of = workspace): Promise<string> {
  return (await server.agents.enrolmentTokens.create(of)).token;
}

async function enrolled(): Promise<TestAgent> {
  const agent = newTestAgent();
  const tunnel = await joinAgent(server, agent, { token: await newToken() });
  await online(true);
  tunnel.close('bye');
  await online(false);
  return agent;
}

function online(expected: boolean, id = workspace.id): Promise<void> {
  return vi.waitFor(() => expect(server.agents.hub.isOnline(id)).toBe(expected));
}

/** All but that agents come and go. */
async function actions(): Promise<string[]> {
  const entries = await database.db.select().from(auditLog).orderBy(auditLog.createdAt);
  return entries
    .map(({ action }) => action)
    .filter((action) => !['agent.connect', 'agent.disconnect'].includes(action));
}

async function storedAgents() {
  return database.db.select().from(agentRows).orderBy(agentRows.createdAt);
}

describe('enrolment', () => {
  it('makes an agent of the workspace, online, with its token used up', async () => {
    const agent = newTestAgent();

    await joinAgent(server, agent, { token: await newToken() });
    await online(true);

    expect(agent.state?.workspaceId).toBe(workspace.id);
    const [row, ...others] = await storedAgents();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      id: agent.state?.agentId,
      ackedGeneration: 1,
      pendingGeneration: null,
      channelBinding: 'none',
      version: '1.2.3',
      organizationId: workspace.organizationId,
      address: '127.0.0.1',
    });
    expect(await database.db.select().from(agentKeys)).toMatchObject([
      { keyId: agent.key.keyId, agentId: row?.id, state: 'current' },
    ]);
    const [token] = await database.db.select().from(enrolmentTokens);
    expect(token).toMatchObject({ usedAt: now, usedByKeyId: agent.key.keyId });
    expect(await actions()).toEqual(['agent.enrol']);
  });

  it('stores no token in plain text', async () => {
    const token = await newToken();

    expect(JSON.stringify(await database.db.select().from(enrolmentTokens))).not.toContain(
      token.slice(-20),
    );
  });

  it('refuses a token that nobody made, one that expired, and one that is not the announced one', async () => {
    await expect(
      joinAgent(server, newTestAgent(), { token: 'sptf_join_that_nobody_ever_made' }),
    ).rejects.toMatchObject({ code: 'token_invalid' });

    const expired = await newToken();
    now = new Date(now.getTime() + 10 * 60_000);
    await expect(joinAgent(server, newTestAgent(), { token: expired })).rejects.toMatchObject({
      code: 'token_invalid',
    });

    const good = await newToken();
    const tamper = (message: Record<string, unknown>) =>
      'token' in message ? { ...message, token: `${good}x` } : message;
    await expect(joinAgent(server, newTestAgent(), { token: good, tamper })).rejects.toMatchObject({
      code: 'token_invalid',
    });
    expect(await storedAgents()).toEqual([]);
  });

  it('refuses a token that another key has made for itself, and keeps it for that one', async () => {
    const invited = newTestAgent();
    const { keyId } = invited.key;
    const token = `sptf_join_${randomUUID()}`;
    await server.agents.enrolmentTokens.admit(workspace, {
      tokenHash: hashJoinToken(token),
      keyId,
    });

    await expect(joinAgent(server, newTestAgent(), { token })).rejects.toMatchObject({
      code: 'token_invalid',
    });
    await joinAgent(server, invited, { token });

    expect(await storedAgents()).toMatchObject([{ id: invited.state?.agentId }]);
  });

  it('lets exactly one of many use a token, and reports the others', async () => {
    const token = await newToken();

    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => joinAgent(server, newTestAgent(), { token })),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await storedAgents()).toHaveLength(1);
    await vi.waitFor(async () =>
      expect(await actions()).toEqual(['agent.enrol', 'agent.token_reused']),
    );
    await vi.waitFor(async () =>
      expect(await database.db.select().from(workspaceLogs)).toMatchObject([
        { workspaceId: workspace.id, level: 'error', source: 'agent' },
      ]),
    );
  });

  it('gives the same agent to the same key when it died before it had stored its welcome', async () => {
    const agent = newTestAgent();
    const token = await newToken();
    await expect(joinAgent(server, agent, { token, persistFails: true })).rejects.toThrow(
      'disk full',
    );

    await joinAgent(server, agent, { token });
    await online(true);

    expect(await storedAgents()).toHaveLength(1);
    expect((await storedAgents())[0]).toMatchObject({
      id: agent.state?.agentId,
      ackedGeneration: 2,
    });
  });

  it('gives the same agent also when it comes back with a fresh token', async () => {
    const agent = newTestAgent();
    await expect(
      joinAgent(server, agent, { token: await newToken(), persistFails: true }),
    ).rejects.toThrow('disk full');

    await joinAgent(server, agent, { token: await newToken() });

    expect(await storedAgents()).toHaveLength(1);
  });

  it('does not let a used token be used again after the first welcome was stored', async () => {
    const agent = newTestAgent();
    const token = await newToken();
    await joinAgent(server, agent, { token });
    await online(true);
    agent.state = undefined;

    await expect(joinAgent(server, agent, { token })).rejects.toMatchObject({
      code: 'token_invalid',
    });
  });

  it('takes the place of the agent before, whose key is dead from then on', async () => {
    const before = await enrolled();

    const after = newTestAgent();
    await joinAgent(server, after, { token: await newToken() });

    await expect(joinAgent(server, before)).rejects.toMatchObject({ code: 'refused' });
    const rows = await storedAgents();
    expect(rows.map(({ revokedAt }) => revokedAt !== null)).toEqual([true, false]);
  });

  it("refuses a key that is another workspace's agent", async () => {
    const agent = await enrolled();
    const other = await seedWorkspace(database.db, await seedTenant(database.db));
    agent.state = undefined;

    await expect(joinAgent(server, agent, { token: await newToken(other) })).rejects.toMatchObject({
      code: 'token_invalid',
    });
    expect(server.agents.hub.isOnline(other.id)).toBe(false);
  });
});

describe('a known agent', () => {
  it('comes back with each connection raising its generation', async () => {
    const agent = await enrolled();

    for (const generation of [2, 3, 4]) {
      const tunnel = await joinAgent(server, agent);
      await online(true);
      expect((await storedAgents())[0]?.ackedGeneration).toBe(generation);
      tunnel.close('bye');
      await online(false);
    }
  });

  it('comes back when it was ended between welcome and ack, whether it had stored the welcome or not', async () => {
    const agent = await enrolled();
    const kept = agent.state;
    const dropAck = (message: Record<string, unknown>) =>
      message['type'] === 'ack' ? { type: 'lost' } : message;
    await joinAgent(server, agent, { tamper: dropAck });
    agent.state = kept;
    await joinAgent(server, agent, { tamper: dropAck });

    const tunnel = await joinAgent(server, agent);
    await online(true);

    tunnel.close('bye');
    expect(await actions()).toEqual(['agent.enrol']);
  });

  it('with a wrong key is refused, and nothing changes', async () => {
    const agent = await enrolled();
    const before = await storedAgents();

    await expect(joinAgent(server, { ...agent, key: generateSigningKey() })).rejects.toMatchObject({
      code: 'refused',
    });

    const claimed = { ...generateSigningKey(), keyId: agent.key.keyId };
    await expect(joinAgent(server, { ...agent, key: claimed })).rejects.toMatchObject({
      code: 'refused',
    });
    expect(await storedAgents()).toEqual(before);
  });

  it('that nobody knows gets a challenge and is refused at the same place as one with a wrong key', async () => {
    const agent = await enrolled();
    const recorded: Record<string, unknown>[] = [];
    const tunnel = await joinAgent(server, agent, {
      tamper: (message) => (recorded.push(message), message),
    });
    await online(true);
    tunnel.close('bye');
    await online(false);
    const [hello, proof] = recorded;

    const known = await replay([hello ?? {}, proof ?? {}]);
    const unknown = await replay([{ ...hello, agentId: randomUUID() }, proof ?? {}]);

    expect(unknown.map(({ type }) => type)).toEqual(['challenge', 'refused']);
    expect(unknown.map(Object.keys)).toEqual(known.map(Object.keys));
    expect(unknown.at(-1)).toEqual(known.at(-1));
  });

  it('cannot be played by whoever recorded its handshake', async () => {
    const agent = await enrolled();
    const recorded: Record<string, unknown>[] = [];
    const tunnel = await joinAgent(server, agent, {
      tamper: (message) => (recorded.push(message), message),
    });
    await online(true);
    tunnel.close('bye');
    await online(false);
    // That it went is written a moment later.
    await vi.waitFor(
      async () => expect(await storedAgents()).toMatchObject([{ sessionId: null }]),
      {
        timeout: 20_000,
      },
    );
    const before = await storedAgents();

    const answers = await replay(recorded);

    expect(answers.map(({ type }) => type)).toEqual(['challenge', 'refused']);
    expect(await storedAgents()).toEqual(before);
    expect(server.agents.hub.isOnline(workspace.id)).toBe(false);
  });

  it('that comes again and again has to wait, and others need not', async () => {
    const agent = await enrolled();
    // It may be refused while the one before it is written down.
    for (let attempt = 0; attempt < 30; attempt += 1)
      await joinAgent(server, agent).catch(() => undefined);

    await expect(joinAgent(server, agent)).rejects.toMatchObject({ code: 'try_later' });
    workspace = await seedWorkspace(database.db, await seedTenant(database.db));
    await joinAgent(server, await enrolled());
  });

  it('replaces its own earlier connection', async () => {
    const agent = await enrolled();
    const first = await joinAgent(server, agent);
    await online(true);

    await joinAgent(server, agent);

    expect(await first.closed).toBe('replaced');
    await online(true);
    expect(server.agents.here.connectionCount).toBe(1);
  });

  it('is disconnected when it is revoked, and can not come back', async () => {
    const agent = await enrolled();
    const tunnel = await joinAgent(server, agent);
    await online(true);

    await server.agents.revokeAgent(workspace.id);

    expect(await tunnel.closed).toBe('revoked');
    await expect(joinAgent(server, agent)).rejects.toMatchObject({ code: 'refused' });
  });
});

async function replay(messages: readonly Record<string, unknown>[]): Promise<{ type: string }[]> {
  const socket = new WebSocket(`${server.url}${AGENT_CONNECT_PATH}`, AGENT_SUBPROTOCOL);
  const answers: { type: string }[] = [];
  let next = 0;
  const send = () => socket.send(JSON.stringify(messages[next++] ?? {}));
  socket.on('open', send);
  socket.on('message', (data: Buffer) => {
    answers.push(JSON.parse(data.toString()));
    send();
  });
  await new Promise((resolve) => socket.on('close', resolve));
  return answers;
}

describe('the gateway', () => {
  it('refuses an agent that dialled another address: somebody relays it', async () => {
    const relayed = await startAgentsServer(database.db, {
      publicUrl: 'http://spt-flow.example:8080',
    });

    await expect(
      joinAgent(relayed, newTestAgent(), { token: await newToken() }),
    ).rejects.toMatchObject({ code: 'server_not_trusted' });

    await relayed.close();
  });

  it.each([
    ['an empty object', '{}'],
    ['no JSON', 'hello'],
    ['an endless text', 'x'.repeat(100_000)],
    [
      'a hello of the wrong shape',
      JSON.stringify({ type: 'hello', mode: 'auth', agentId: "' or 1=1" }),
    ],
  ])('closes the connection on %s', async (_name, message) => {
    const socket = new WebSocket(`${server.url}${AGENT_CONNECT_PATH}`, AGENT_SUBPROTOCOL);
    socket.on('open', () => socket.send(message));

    await new Promise((resolve) => socket.on('close', resolve));

    expect(await storedAgents()).toEqual([]);
  });

  it('refuses clients that do not speak the sub-protocol', async () => {
    const socket = new WebSocket(`${server.url}${AGENT_CONNECT_PATH}`, 'other');
    const [error] = await new Promise<Error[]>((resolve) =>
      socket.on('error', (cause) => resolve([cause])),
    );

    expect(error?.message).toContain('400');
  });

  it('asks connected agents to move when it closes', async () => {
    const tunnel = await joinAgent(server, newTestAgent(), { token: await newToken() });
    await online(true);

    server.agents.here.close();

    expect(await tunnel.closed).toBe('shutting_down');
  });
});
