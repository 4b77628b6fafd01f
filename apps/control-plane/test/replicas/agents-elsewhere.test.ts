import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runInWorkspace } from '../../src/features/agents/index.ts';
import { parsePresence } from '../../src/features/agents/replicas/presence-lines.ts';
import { startInlineAgent } from '../agents/inline-agent.ts';
import { useDatabases } from '../support/database.ts';
import { linked, sessionOf, startReplica, type StagedReplica } from './replica-stage.ts';

const MIB = 1024 * 1024;
const createDatabase = useDatabases();
let holder: StagedReplica;
let other: StagedReplica;
let workspaceId: string;

beforeEach(async () => {
  const { db } = await createDatabase();
  holder = await startReplica(db);
  other = await startReplica(db);
  await linked(holder, other);
  workspaceId = randomUUID();
});
afterEach(async () => {
  await other.close();
  await holder.close();
});

async function connectAgent(answers: Parameters<typeof startInlineAgent>[0] = {}) {
  const agent = startInlineAgent(answers);
  const session = sessionOf(workspaceId);
  holder.here.attach(session, agent.tunnel);
  await vi.waitFor(() => expect(other.hub.isOnline(workspaceId)).toBe(true));
  return { agent, session };
}

/** As long a line as there is. */
function manyPorts(pid: number): string {
  const port = { families: ['ipv4', 'ipv6'], pid, name: 'n'.repeat(64) };
  const ports = Array.from({ length: 500 }, (_, index) => ({ port: index + 1, ...port }));
  return JSON.stringify({ type: 'ports', isSupported: true, ports });
}

describe('an agent of another replica', () => {
  it('runs commands, with what goes in, comes out and how it ended', async () => {
    await connectAgent();

    const { exitCode, stdout } = await runInWorkspace(other.hub, workspaceId, {
      argv: ['sh', '-c', 'cat; exit 3'],
      input: Buffer.from('from afar'),
      timeoutMs: 10_000,
    });

    expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 3, stdout: 'from afar' });
  });

  it('is there for both once it is connected to one, and gone for both with it', async () => {
    const { agent, session } = await connectAgent();
    expect(other.hub.sessionOf(workspaceId)).toEqual(session);
    expect(other.here.isOnline(workspaceId)).toBe(false);

    agent.agentTunnel.close('bye');

    await vi.waitFor(() => expect(other.hub.isOnline(workspaceId)).toBe(false));
    expect(other.presence.map(({ online, reason }) => ({ online, reason }))).toEqual([
      { online: true, reason: 'connected' },
      { online: false, reason: 'bye' },
    ]);
    await expect(other.hub.request(workspaceId, { method: 'tcp', port: 80 })).rejects.toMatchObject(
      { code: 'agent_offline' },
    );
  });

  it('sends many bytes at the pace of who reads them, both ways, and ends each half on its own', async () => {
    await connectAgent({
      answers: {
        tcp: (stream) => {
          stream.respond({ ok: true });
          stream.pipe(stream);
        },
      },
    });
    const { stream } = await other.hub.request(workspaceId, { method: 'tcp', port: 80 });

    stream.end(Buffer.alloc(16 * MIB, 'x'));
    let received = 0;
    stream.on('data', (chunk: Buffer) => (received += chunk.length));
    await once(stream, 'end');

    expect(received).toBe(16 * MIB);
  });

  it('is slowed down by a reader that does not read, without holding up others', async () => {
    let sent = 0;
    await connectAgent({
      answers: {
        tcp(stream) {
          stream.respond({ ok: true });
          const push = (): void => {
            while (!stream.destroyed && stream.write(Buffer.alloc(64 * 1024))) sent += 64 * 1024;
            stream.once('drain', push);
          };
          push();
        },
      },
    });

    const { stream } = await other.hub.request(workspaceId, { method: 'tcp', port: 80 });
    for (let round = 0; round < 20; round += 1)
      await runInWorkspace(other.hub, workspaceId, { argv: ['true'], timeoutMs: 10_000 });

    expect(stream.readableLength).toBeLessThanOrEqual(256 * 1024);
    expect(sent).toBeLessThan(4 * MIB);
    stream.destroy();
  });

  it('hears that who asked went, and tells why it refuses', async () => {
    const closed: string[] = [];
    await connectAgent({
      answers: {
        tcp(stream) {
          stream.respond({ ok: true });
          stream.once('close', () => closed.push('closed'));
        },
        'files.list'(stream) {
          stream.respond({ ok: false, code: 'path_not_permitted', message: 'Not there' });
          stream.end();
        },
        'git-credentials': (stream) => stream.reset('busy'),
      },
    });
    const stop = new AbortController();
    const head = { method: 'tcp', port: 80 } as const;
    await other.hub.request(workspaceId, head, { signal: stop.signal });

    stop.abort();

    await vi.waitFor(() => expect(closed).toEqual(['closed']));
    await expect(
      other.hub.request(workspaceId, { method: 'files.list', path: '/etc', limit: 1 }),
    ).rejects.toMatchObject({ code: 'path_not_permitted', message: 'Not there' });
    await expect(
      other.hub.request(workspaceId, { method: 'git-credentials' }),
    ).rejects.toMatchObject({ code: 'change_set_busy' });
  });

  it('tells its ports to all', async () => {
    const { agent, session } = await connectAgent();
    const told: unknown[] = [];
    other.events.onEvent((from, event) => void told.push([from, event]));

    const ports = { type: 'ports', isSupported: true, ports: [] };
    await agent.tell(JSON.stringify(ports));

    await vi.waitFor(() => expect(told).toEqual([[session, ports]]));
  });

  it('is told of to who did not read for long as it is by then', async () => {
    const { agent, session } = await connectAgent();
    const source = other.replicas.open(holder.replicas.id, { to: 'agents.presence' });
    await source.response;
    let heardOf = 0;
    holder.events.onEvent(() => (heardOf += 1));
    for (let pid = 1; pid <= 200; pid += 1) await agent.tell(manyPorts(pid));
    await vi.waitFor(() => expect(heardOf).toBe(200), { timeout: 20_000 });
    agent.agentTunnel.close('bye');
    const next = startInlineAgent();
    const later = { ...session, sessionId: randomUUID(), generation: 2 };
    await vi.waitFor(() => expect(holder.here.isOnline(workspaceId)).toBe(false));
    holder.here.attach(later, next.tunnel);
    await next.tell(manyPorts(777));
    await vi.waitFor(() => expect(heardOf).toBe(201), { timeout: 20_000 });

    let told = '';
    source.setEncoding('utf8').on('data', (chunk: string) => (told += chunk));

    await vi.waitFor(() => expect(told).toContain('"pid":777,'));
    const last = told.split('\n').slice(-4, -1).map(parsePresence);
    expect(last).toMatchObject([
      { type: 'offline', session, reason: 'bye' },
      { type: 'online', session: later },
      { type: 'event', session: later },
    ]);
    expect(told.length).toBeLessThan(2 * MIB);
    source.destroy();
  });

  it('changes its key where it is connected', async () => {
    await connectAgent();

    expect(await other.hub.rotateElsewhere(workspaceId)).toBe(true);
    expect(holder.rotated).toEqual([workspaceId]);
    expect(await holder.hub.rotateElsewhere(workspaceId)).toBe(false);
  });

  it('is disconnected, and moved to another organization, from afar', async () => {
    const { agent } = await connectAgent();
    const organizationId = randomUUID();

    other.hub.moveTo(workspaceId, organizationId);
    await vi.waitFor(() =>
      expect(holder.hub.sessionOf(workspaceId)?.organizationId).toBe(organizationId),
    );
    other.hub.disconnect(workspaceId, 'stopped');

    expect(await agent.agentTunnel.closed).toBe('stopped');
  });
});

describe('an agent that moves', () => {
  it('is found where it is, whatever its first replica says of it later', async () => {
    const { session, agent } = await connectAgent();
    const moved = startInlineAgent();
    other.here.attach({ ...session, sessionId: randomUUID(), generation: 2 }, moved.tunnel);

    agent.agentTunnel.close('replaced');
    await vi.waitFor(() => expect(holder.hub.sessionOf(workspaceId)?.generation).toBe(2));

    expect(other.hub.sessionOf(workspaceId)?.generation).toBe(2);
    const ran = await runInWorkspace(holder.hub, workspaceId, {
      ...{ argv: ['echo', 'here'], timeoutMs: 10_000 },
    });
    expect(ran.stdout.toString()).toBe('here\n');
    expect(moved.heads.some(({ method }) => method === 'exec')).toBe(true);
    expect(other.presence.at(-1)).toMatchObject({ online: true });
  });

  it('is away with the replica that held it, and what was open ends', async () => {
    await connectAgent({ answers: { tcp: (stream) => stream.respond({ ok: true }) } });
    const { stream } = await other.hub.request(workspaceId, { method: 'tcp', port: 80 });
    const ended = text(stream).catch((error: unknown) => error);

    await holder.close();

    expect(await ended).toMatchObject({ name: 'TunnelError' });
    await vi.waitFor(() => expect(other.hub.isOnline(workspaceId)).toBe(false));
  });
});
