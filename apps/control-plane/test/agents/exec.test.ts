import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { readAll, runInWorkspace, type AgentConnections } from '../../src/features/agents/index.ts';
import { requestThrough } from '../../src/features/agents/connections/agent-connections.ts';
import { startInlineAgent } from './inline-agent.ts';

function connect(options: Parameters<typeof startInlineAgent>[0] = {}) {
  const agent = startInlineAgent(options);
  const agents: AgentConnections = {
    isOnline: () => true,
    request: (_id, head, options) => requestThrough(agent.tunnel, head, options),
  };
  const run = (script: string, options: Partial<Parameters<typeof runInWorkspace>[2]> = {}) =>
    runInWorkspace(agents, randomUUID(), {
      argv: ['/bin/sh', '-c', script],
      timeoutMs: 20_000,
      ...options,
    });
  return { agent, run };
}

describe('runInWorkspace', () => {
  it('returns both outputs and the exit code', async () => {
    const { run } = connect();

    const outcome = await run('echo out; echo err >&2; exit 7');

    expect(outcome).toMatchObject({ exitCode: 7, truncated: false, timedOut: false });
    expect([outcome.stdout.toString(), outcome.stderr.toString()]).toEqual(['out\n', 'err\n']);
  });

  it('gives the input, larger than any window, and ends it', async () => {
    const { run } = connect();
    const input = Buffer.alloc(5 * 1024 * 1024, 'abc');

    const { stdout } = await run('cat', { input, maxBytes: 6 * 1024 * 1024 });

    expect(stdout.equals(input)).toBe(true);
  });

  it('keeps output up to the limit and lets the program go on to its end', async () => {
    const { run } = connect();

    const outcome = await run('head -c 5000000 /dev/zero; echo done >&2', { maxBytes: 1000 });

    expect(outcome.stdout).toHaveLength(1000);
    expect(outcome.stderr.toString()).toBe('done\n');
    expect(outcome.truncated).toBe(true);
  });

  it('gives up an agent that never tells the end, and one that never ends a file', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { run, agent } = connect({ answers: { exec: (stream) => stream.respond({ ok: true }) } });
    const running = run('true');
    const ended = expect(running).rejects.toMatchObject({ code: 'agent_timeout' });
    await agent.agentTunnel.ping();
    await agent.tunnel.ping();
    vi.advanceTimersByTime(140_000);
    await ended;

    const { stream } = await requestThrough(agent.tunnel, { method: 'exec', argv: ['true'] });
    const read = expect(readAll(stream, 1_000)).rejects.toMatchObject({ code: 'agent_timeout' });
    vi.advanceTimersByTime(300_000);
    await read;
    vi.useRealTimers();
  });

  it('tells output as it comes', async () => {
    const { run } = connect();
    const seen: string[] = [];

    await run('printf a; printf b >&2', {
      onOutput: (bytes, channel) => void seen.push(`${channel}:${bytes.toString()}`),
    });

    expect(seen.sort()).toEqual(['stderr:b', 'stdout:a']);
  });

  it('ends the program when the caller gives up', async () => {
    const { agent, run } = connect();
    const abort = new AbortController();
    const waiting = run('sleep 1000', { signal: abort.signal });
    await vi.waitFor(() => expect(agent.heads).toHaveLength(1));

    abort.abort(new Error('gave up'));

    await expect(waiting).rejects.toThrow('gave up');
    await vi.waitFor(() => expect(agent.agentTunnel.streamCount).toBe(0));
  });

  it('fails with agent_offline when the agent goes away', async () => {
    const { agent, run } = connect();
    const waiting = run('sleep 1000');
    await vi.waitFor(() => expect(agent.heads).toHaveLength(1));

    agent.agentTunnel.close('crash');

    await expect(waiting).rejects.toMatchObject({ code: 'agent_offline' });
  });
});
