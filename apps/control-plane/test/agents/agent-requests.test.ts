import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAgentHub, type LocalAgentHub } from '../../src/features/agents/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { agentSession, workspaceId } from './agent-session.ts';
import { startInlineAgent } from './inline-agent.ts';

let hub: LocalAgentHub;
let errors: unknown[];

beforeEach(() => {
  errors = [];
  hub = createAgentHub({
    clock: systemClock,
    onEvents: async () => undefined,
    onError: (error) => void errors.push(error),
  });
});
afterEach(() => {
  hub.close();
  expect(errors).toEqual([]);
});

describe('request', () => {
  it('fails with agent_offline where there is no agent, and when it goes away meanwhile', async () => {
    await expect(
      hub.request(workspaceId, { method: 'process.stop', name: 'app' }),
    ).rejects.toMatchObject({ code: 'agent_offline' });

    const agent = startInlineAgent({
      answers: { 'process.stop': () => agent.agentTunnel.close('crash') },
    });
    hub.attach(agentSession(), agent.tunnel);
    await expect(
      hub.request(workspaceId, { method: 'process.stop', name: 'app' }),
    ).rejects.toMatchObject({ code: 'agent_offline' });
  });

  it('fails with agent_timeout when the answer is late, and gives the stream up', async () => {
    const agent = startInlineAgent({ answers: { 'process.stop': () => undefined } });
    hub.attach(agentSession(), agent.tunnel);

    await expect(
      hub.request(workspaceId, { method: 'process.stop', name: 'app' }, { timeoutMs: 20 }),
    ).rejects.toMatchObject({ code: 'agent_timeout' });
    await vi.waitFor(() => expect(agent.agentTunnel.streamCount).toBe(1));
  });

  it.each([
    ['unimplemented', 'not_implemented_by_agent'],
    ['bad_request', 'validation_failed'],
    ['not_found', 'not_found'],
    ['path_not_permitted', 'path_not_permitted'],
    ['too_large', 'body_too_large'],
    ['busy', 'change_set_busy'],
    ['conflict', 'change_set_conflict'],
    ['refused', 'agent_offline'],
    ['timeout', 'agent_timeout'],
    ['internal', 'internal'],
  ] as const)('turns the agent\'s "%s" into %s', async (code, expected) => {
    const agent = startInlineAgent({
      answers: {
        'files.read': (stream) => {
          stream.respond({ ok: false, code, message: 'why' });
          stream.end();
        },
      },
    });
    hub.attach(agentSession(), agent.tunnel);

    await expect(
      hub.request(workspaceId, { method: 'files.read', path: 'a', maxBytes: 1 }),
    ).rejects.toMatchObject({ code: expected });
  });

  it('says that nothing listens when the port refuses', async () => {
    const agent = startInlineAgent({
      answers: { tcp: (stream) => stream.respond({ ok: false, code: 'refused', message: '' }) },
    });
    hub.attach(agentSession(), agent.tunnel);

    await expect(hub.request(workspaceId, { method: 'tcp', port: 3001 })).rejects.toMatchObject({
      code: 'port_not_open',
    });
  });

  it('refuses an answer that is not of the protocol', async () => {
    const agent = startInlineAgent({
      answers: { tcp: (stream) => stream.respond({ fine: true }) },
    });
    hub.attach(agentSession(), agent.tunnel);

    await expect(hub.request(workspaceId, { method: 'tcp', port: 3001 })).rejects.toMatchObject({
      code: 'not_implemented_by_agent',
    });
  });

  it('carries the correlation id and a trace that belongs to it', async () => {
    const agent = startInlineAgent({
      answers: { tcp: (stream) => stream.respond({ ok: true, data: 7 }) },
    });
    hub.attach(agentSession(), agent.tunnel);
    const correlationId = 'a'.repeat(32);

    const { data } = await hub.request(workspaceId, { method: 'tcp', port: 3001, correlationId });

    expect(data).toBe(7);
    expect(agent.heads.find(({ method }) => method === 'tcp')).toMatchObject({
      correlationId,
      traceparent: expect.stringMatching(`^00-${correlationId}-[0-9a-f]{16}-01$`),
    });
  });

  it('ends the stream when the caller gives up, before and after the answer', async () => {
    const agent = startInlineAgent({
      answers: { tcp: () => undefined, exec: (stream) => stream.respond({ ok: true }) },
    });
    hub.attach(agentSession(), agent.tunnel);
    const before = new AbortController();
    const waiting = hub.request(workspaceId, { method: 'tcp', port: 1 }, { signal: before.signal });
    before.abort(new Error('gave up'));
    await expect(waiting).rejects.toThrow('gave up');

    const after = new AbortController();
    const { stream } = await hub.request(
      workspaceId,
      { method: 'exec', argv: ['x'] },
      { signal: after.signal },
    );
    after.abort();
    await expect(stream.trailers).rejects.toMatchObject({ code: 'cancelled' });
    await vi.waitFor(() => expect(agent.agentTunnel.streamCount).toBe(1));
  });
});
