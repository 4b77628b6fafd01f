import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { AGENT_CONNECT_PATH, AGENT_SUBPROTOCOL } from '@spt-flow/shared/agent-protocol/handshake';
import { generateSigningKey } from '@spt-flow/tunnel/handshake/crypto';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import { useIdentityStage } from './identity-stage.ts';
import { joinAgent, newTestAgent } from './test-agent.ts';

const stage = useIdentityStage();

describe('a known agent', () => {
  it('comes back with each connection raising its generation', async () => {
    const agent = await stage.enrolled();

    for (const generation of [2, 3, 4]) {
      const tunnel = await joinAgent(stage.server, agent);
      await stage.online(true);
      expect((await stage.rows())[0]?.ackedGeneration).toBe(generation);
      tunnel.close('bye');
      await stage.online(false);
    }
  });

  it('comes back when it was ended between welcome and ack, whether it had stored the welcome or not', async () => {
    const agent = await stage.enrolled();
    const kept = agent.state;
    const dropAck = (message: Record<string, unknown>) =>
      message['type'] === 'ack' ? { type: 'lost' } : message;
    await joinAgent(stage.server, agent, { tamper: dropAck });
    agent.state = kept;
    await joinAgent(stage.server, agent, { tamper: dropAck });

    const tunnel = await joinAgent(stage.server, agent);
    await stage.online(true);

    tunnel.close('bye');
    expect(await stage.actions()).toEqual(['agent.enrol']);
  });

  it('with a wrong key is refused, and nothing changes', async () => {
    const agent = await stage.enrolled();
    const before = await stage.rows();

    await expect(
      joinAgent(stage.server, { ...agent, key: generateSigningKey() }),
    ).rejects.toMatchObject({
      code: 'refused',
    });

    const claimed = { ...generateSigningKey(), keyId: agent.key.keyId };
    await expect(joinAgent(stage.server, { ...agent, key: claimed })).rejects.toMatchObject({
      code: 'refused',
    });
    expect(await stage.rows()).toEqual(before);
  });

  it('that nobody knows gets a challenge and is refused at the same place as one with a wrong key', async () => {
    const agent = await stage.enrolled();
    const recorded: Record<string, unknown>[] = [];
    const tunnel = await joinAgent(stage.server, agent, {
      tamper: (message) => (recorded.push(message), message),
    });
    await stage.online(true);
    tunnel.close('bye');
    await stage.online(false);
    const [hello, proof] = recorded;

    const known = await replay([hello ?? {}, proof ?? {}]);
    const unknown = await replay([{ ...hello, agentId: randomUUID() }, proof ?? {}]);

    expect(unknown.map(({ type }) => type)).toEqual(['challenge', 'refused']);
    expect(unknown.map(Object.keys)).toEqual(known.map(Object.keys));
    expect(unknown.at(-1)).toEqual(known.at(-1));
  });

  it('cannot be played by whoever recorded its handshake', async () => {
    const agent = await stage.enrolled();
    const recorded: Record<string, unknown>[] = [];
    const tunnel = await joinAgent(stage.server, agent, {
      tamper: (message) => (recorded.push(message), message),
    });
    await stage.online(true);
    tunnel.close('bye');
    await stage.online(false);
    // That it went is written a moment later.
    await vi.waitFor(async () => expect(await stage.row()).toMatchObject({ sessionId: null }));
    const before = await stage.rows();

    const answers = await replay(recorded);

    expect(answers.map(({ type }) => type)).toEqual(['challenge', 'refused']);
    expect(await stage.rows()).toEqual(before);
    expect(stage.server.agents.hub.isOnline(stage.workspace.id)).toBe(false);
  });

  it('that comes again and again has to wait, and others need not', async () => {
    const agent = await stage.enrolled();
    // It may be refused while the one before it is written down.
    for (let attempt = 0; attempt < 30; attempt += 1)
      await joinAgent(stage.server, agent).catch(() => undefined);

    await expect(joinAgent(stage.server, agent)).rejects.toMatchObject({ code: 'try_later' });
    stage.workspace = await seedWorkspace(stage.database.db, await seedTenant(stage.database.db));
    await joinAgent(stage.server, await stage.enrolled());
  });

  it('replaces its own earlier connection', async () => {
    const agent = await stage.enrolled();
    const first = await joinAgent(stage.server, agent);
    await stage.online(true);

    await joinAgent(stage.server, agent);

    expect(await first.closed).toBe('replaced');
    await stage.online(true);
    expect(stage.server.agents.here.connectionCount).toBe(1);
  });

  it('is disconnected when it is revoked, and can not come back', async () => {
    const agent = await stage.enrolled();
    const tunnel = await joinAgent(stage.server, agent);
    await stage.online(true);

    await stage.server.agents.revokeAgent(stage.workspace.id);

    expect(await tunnel.closed).toBe('revoked');
    await expect(joinAgent(stage.server, agent)).rejects.toMatchObject({ code: 'refused' });
  });
});

async function replay(messages: readonly Record<string, unknown>[]): Promise<{ type: string }[]> {
  const socket = new WebSocket(`${stage.server.url}${AGENT_CONNECT_PATH}`, AGENT_SUBPROTOCOL);
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
    const relayed = await stage.start({ publicUrl: 'http://spt-flow.example:8080' });

    await expect(
      joinAgent(relayed, newTestAgent(), { token: await stage.newToken() }),
    ).rejects.toMatchObject({ code: 'server_not_trusted' });
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
    const socket = new WebSocket(`${stage.server.url}${AGENT_CONNECT_PATH}`, AGENT_SUBPROTOCOL);
    socket.on('open', () => socket.send(message));

    await new Promise((resolve) => socket.on('close', resolve));

    expect(await stage.rows()).toEqual([]);
  });

  it('refuses clients that do not speak the sub-protocol', async () => {
    const socket = new WebSocket(`${stage.server.url}${AGENT_CONNECT_PATH}`, 'other');
    const [error] = await new Promise<Error[]>((resolve) =>
      socket.on('error', (cause) => resolve([cause])),
    );

    expect(error?.message).toContain('400');
  });

  it('asks connected agents to move when it closes', async () => {
    const tunnel = await joinAgent(stage.server, newTestAgent(), { token: await stage.newToken() });
    await stage.online(true);

    stage.server.agents.here.close();

    expect(await tunnel.closed).toBe('shutting_down');
  });
});
