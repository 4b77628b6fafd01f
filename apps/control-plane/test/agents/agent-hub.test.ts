import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentEvent, SpoolPosition } from '@spt-flow/shared/agent-protocol/events';
import {
  createAgentHub,
  type LocalAgentHub,
  type PresenceChange,
} from '../../src/features/agents/index.ts';
import { agentSession, workspaceId } from './agent-session.ts';
import { startInlineAgent } from './inline-agent.ts';
import { unreadStream } from './unread-stream.ts';

const HEARTBEAT: AgentEvent = {
  type: 'heartbeat',
  at: '2026-11-21T09:00:00Z',
  rssBytes: 1,
  cpuSeconds: 0,
  loadAverage: 0,
  processes: 1,
};

let nowMs: number;
let hub: LocalAgentHub;
let presence: Pick<PresenceChange, 'online' | 'reason'>[];
let events: AgentEvent[];
let errors: unknown[];
let spools: (string | undefined)[];
let position: SpoolPosition | undefined;
let onEvents: () => Promise<void> | undefined;

beforeEach(() => {
  nowMs = 0;
  presence = [];
  events = [];
  errors = [];
  spools = [];
  position = undefined;
  onEvents = () => undefined;
  hub = createAgentHub({
    clock: { now: () => new Date(nowMs), monotonicMs: () => nowMs },
    onEvents: (_session, batch, spool) => {
      events.push(...batch);
      spools.push(spool);
      return onEvents();
    },
    spoolPosition: async () => position,
    onError: (error) => void errors.push(error),
    silenceLimitMs: 600,
  });
  hub.onPresence(({ online, reason }) => void presence.push({ online, reason }));
});
afterEach(() => hub.close());

function lineOf(seq: number): AgentEvent {
  return { type: 'log', seq, at: seq, source: 'app', level: 'info', text: `line ${seq}` };
}

describe('attach', () => {
  it('makes the workspace online until the connection ends', async () => {
    const agent = startInlineAgent();
    hub.attach(agentSession(), agent.tunnel);
    expect(hub.isOnline(workspaceId)).toBe(true);

    agent.agentTunnel.close('bye');

    await vi.waitFor(() => expect(hub.isOnline(workspaceId)).toBe(false));
    expect(presence).toEqual([
      { online: true, reason: 'connected' },
      { online: false, reason: 'bye' },
    ]);
  });

  it('replaces a half-open connection of the same agent by its new one', async () => {
    const halfOpen = startInlineAgent();
    hub.attach(agentSession(), halfOpen.tunnel);
    halfOpen.cut();

    const fresh = startInlineAgent();
    hub.attach(agentSession(), fresh.tunnel);

    expect(await halfOpen.tunnel.closed).toBe('replaced');
    expect(hub.isOnline(workspaceId)).toBe(true);
    expect(hub.connectionCount).toBe(1);
    expect(presence.map(({ online }) => online)).toEqual([true, false, true]);
  });

  it('keeps the later of two connections, also when the earlier one arrives after it', async () => {
    const later = startInlineAgent();
    hub.attach(agentSession({ generation: 2 }), later.tunnel);
    const earlier = startInlineAgent();

    expect(hub.attach(agentSession({ generation: 1 }), earlier.tunnel)).toBe(false);

    expect(await earlier.tunnel.closed).toBe('replaced');
    expect(hub.sessionOf(workspaceId)?.generation).toBe(2);
    await expect(later.tunnel.ping()).resolves.toBeTypeOf('number');
  });

  it('ends the connection of a session, not the one that took its place', async () => {
    const first = agentSession();
    const second = agentSession();
    hub.attach(first, startInlineAgent().tunnel);
    hub.attach(second, startInlineAgent().tunnel);

    hub.end(first, 'revoked');
    expect(hub.isOnline(workspaceId)).toBe(true);

    hub.end(second, 'revoked');
    await vi.waitFor(() => expect(hub.isOnline(workspaceId)).toBe(false));
  });

  it('knows whether the other end still answers', async () => {
    const agent = startInlineAgent();
    hub.attach(agentSession(), agent.tunnel);
    expect(await hub.isAlive(workspaceId)).toBe(true);

    agent.cut();
    expect(await hub.isAlive(workspaceId)).toBe(false);
    expect(await hub.isAlive(randomUUID())).toBe(false);
  });

  it('takes nobody in while it closes, and asks those that are there to move', async () => {
    const agent = startInlineAgent();
    hub.attach(agentSession(), agent.tunnel);

    hub.close();

    expect(await agent.agentTunnel.closed).toBe('shutting_down');
    const late = startInlineAgent();
    expect(hub.attach(agentSession({ workspaceId: randomUUID() }), late.tunnel)).toBe(false);
    expect(await late.tunnel.closed).toBe('shutting_down');
  });
});

describe('events', () => {
  it('arrive in order, whatever the lines between them hold', async () => {
    const agent = startInlineAgent();
    hub.attach(agentSession(), agent.tunnel);

    await agent.tell(JSON.stringify(HEARTBEAT));
    await agent.tell('{"type":"of a newer version"}');
    await agent.tell('not json');
    await agent.tell(JSON.stringify(lineOf(3)));

    await vi.waitFor(() => expect(events).toEqual([HEARTBEAT, lineOf(3)]));
  });

  it('keep an agent alive; one that is silent too long is gone', async () => {
    const agent = startInlineAgent();
    hub.attach(agentSession(), agent.tunnel);
    nowMs = 590;
    await agent.tell(JSON.stringify(HEARTBEAT));
    await vi.waitFor(() => expect(events).toHaveLength(1));

    nowMs = 1_100;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(hub.isOnline(workspaceId)).toBe(true);

    nowMs = 1_300;
    expect(await agent.tunnel.closed).toBe('heartbeat_timeout');
    expect(presence.at(-1)).toEqual({ online: false, reason: 'heartbeat_timeout' });
  });

  it('end the connection when the agent ends or refuses them', async () => {
    const refusing = startInlineAgent({
      answers: {
        events: (stream) => {
          stream.respond({ ok: false, code: 'unimplemented', message: 'no' });
          stream.end();
        },
      },
    });
    hub.attach(agentSession(), refusing.tunnel);

    expect(await refusing.tunnel.closed).toBe('events_ended');
    expect(hub.isOnline(workspaceId)).toBe(false);
  });

  it('are not read on while the ones before are stored, and the agent does not count as silent', async () => {
    const agent = startInlineAgent();
    let store: () => void = () => undefined;
    onEvents = () => new Promise<void>((resolve) => (store = resolve));
    hub.attach(agentSession(), agent.tunnel);
    await agent.tell(JSON.stringify(lineOf(1)));
    await vi.waitFor(() => expect(events).toHaveLength(1));
    await agent.tell(JSON.stringify(lineOf(2)));

    nowMs = 5_000;
    await agent.agentTunnel.ping();
    expect(events).toHaveLength(1);
    expect(hub.isOnline(workspaceId)).toBe(true);

    onEvents = () => undefined;
    store();
    await vi.waitFor(() => expect(events).toHaveLength(2));
  });

  it('are not read on for a while after some that took long to read', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const agent = startInlineAgent();
    hub.attach(agentSession(), agent.tunnel);
    onEvents = () => void (nowMs += 1_500);
    await agent.tell(JSON.stringify(HEARTBEAT));
    await agent.agentTunnel.ping();
    await agent.tell(JSON.stringify(lineOf(2)));
    await agent.agentTunnel.ping();
    expect(events).toEqual([HEARTBEAT]);

    vi.advanceTimersByTime(5_000);
    await agent.agentTunnel.ping();
    expect(events).toEqual([HEARTBEAT, lineOf(2)]);
    expect(hub.isOnline(workspaceId)).toBe(true);
    vi.useRealTimers();
  });

  it('are not acknowledged without an end to an agent that reads nothing', async () => {
    const stream = unreadStream();
    onEvents = () => Promise.resolve();
    hub.attach(agentSession(), {
      ...{ open: () => stream, close: vi.fn(), closed: new Promise(() => undefined) },
      ...{ onStream: vi.fn(), onGoAway: vi.fn(), goAway: vi.fn(), ping: async () => 0 },
      streamCount: 1,
    });
    for (let seq = 1; seq <= 200; seq += 1) {
      stream.push(`${JSON.stringify(lineOf(seq))}\n`);
      await new Promise(setImmediate);
    }

    expect(events).toHaveLength(200);
    expect(stream.writableLength).toBeLessThan(1_100);
  });

  it('begin after the lines that are stored, and the agent hears what is stored of them', async () => {
    const spool = randomUUID();
    const heard: string[] = [];
    position = { spool, seq: 4 };
    onEvents = () => Promise.resolve();
    const agent = startInlineAgent({
      answers: {
        events: (stream) => {
          stream.respond({ ok: true, data: { spool } });
          stream.on('data', (chunk: Buffer) => heard.push(chunk.toString()));
          stream.write(`${JSON.stringify(lineOf(5))}\n${JSON.stringify(lineOf(6))}\n`);
        },
      },
    });
    hub.attach(agentSession(), agent.tunnel);

    await vi.waitFor(() => expect(heard.join('')).toBe('{"stored":6}\n'));
    expect(agent.heads).toMatchObject([{ method: 'events', stored: { spool, seq: 4 } }]);
    expect(events).toEqual([lineOf(5), lineOf(6)]);
    expect(spools).toEqual([spool]);
  });

  it('that can not be stored end the connection and are told of', async () => {
    const agent = startInlineAgent();
    onEvents = () => Promise.reject(new Error('no such workspace'));
    hub.attach(agentSession(), agent.tunnel);

    await agent.tell(JSON.stringify(HEARTBEAT));

    expect(await agent.tunnel.closed).toBe('events_ended');
    expect(errors).toEqual([new Error('no such workspace')]);
  });

  it('end the connection when the agent ends their stream', async () => {
    const agent = startInlineAgent({
      answers: {
        events: (stream) => {
          stream.respond({ ok: true });
          stream.end();
        },
      },
    });
    hub.attach(agentSession(), agent.tunnel);

    expect(await agent.tunnel.closed).toBe('events_ended');
    expect(errors).toEqual([]);
  });

  it('end the connection when a line has no end', async () => {
    const agent = startInlineAgent();
    hub.attach(agentSession(), agent.tunnel);

    await agent.tell('x'.repeat(5 * 1024 * 1024));

    expect(await agent.tunnel.closed).toBe('events_ended');
  });
});
