import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentSession } from '../connections/agent-connection.ts';
import type { Heartbeat } from '../identity/agents-repository.ts';
import { createHeartbeats, type Heartbeats } from './heartbeats.ts';

function session(agentId: string): AgentSession {
  return {
    ...{ agentId, sessionId: `session of ${agentId}`, workspaceId: '', organizationId: '' },
    ...{ generation: 1, bootId: '', machineFingerprint: '' },
  };
}

let nowMs: number;
let stored: (readonly Heartbeat[])[];
let failure: Error | undefined;
let errors: unknown[];
let news: string[];
let lost: string[];
let owners: (readonly [agentId: string, isOwner: boolean])[];
let heartbeats: Heartbeats;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  nowMs = 0;
  stored = [];
  failure = undefined;
  errors = [];
  news = [];
  lost = [];
  owners = [];
  heartbeats = createHeartbeats({
    repository: {
      recordHeartbeats: async (beats) => {
        if (failure) throw failure;
        stored.push(beats);
        return { news: beats.map(({ agentId }) => `workspace of ${agentId}`), lost };
      },
    },
    clock: { now: () => new Date(nowMs), monotonicMs: () => nowMs },
    onNews: (workspaceId) => void news.push(workspaceId),
    onStored: ({ agentId }, isOwner) => void owners.push([agentId, isOwner]),
    onError: (error) => void errors.push(error),
  });
});
afterEach(() => {
  heartbeats.close();
  vi.useRealTimers();
});

describe('heartbeats', () => {
  it('of one agent are stored within a second, the last one only', async () => {
    heartbeats.record(session('a'), 1);
    nowMs = 500;
    heartbeats.record(session('a'), 2);
    await vi.advanceTimersByTimeAsync(1_000);

    expect(stored).toEqual([
      [{ agentId: 'a', sessionId: 'session of a', rssBytes: 2, at: new Date(500) }],
    ]);
    expect(news).toEqual(['workspace of a']);
  });

  it('of a crowd are stored little by little, each agent once', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `agent-${index}`);
    for (const id of ids) heartbeats.record(session(id), 1);

    await vi.advanceTimersByTimeAsync(1_000);
    expect(stored.flat()).toHaveLength(10);
    await vi.advanceTimersByTimeAsync(300_000);

    expect(stored.flat().map(({ agentId }) => agentId)).toEqual(ids);
  });

  it('that could not be stored wait again, unless there is a later one', async () => {
    failure = new Error('connection lost');
    heartbeats.record(session('a'), 1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(errors).toEqual([failure]);

    failure = undefined;
    heartbeats.record(session('b'), 1);
    heartbeats.record(session('a'), 2);
    await vi.advanceTimersByTimeAsync(5_000);

    const byAgent = new Map(stored.flat().map(({ agentId, rssBytes }) => [agentId, rssBytes]));
    expect(stored.flat()).toHaveLength(2);
    expect(byAgent.get('a')).toBe(2);
  });

  it('tell which sessions own their agents still', async () => {
    heartbeats.record(session('a'), 1);
    heartbeats.record(session('b'), 1);
    lost = ['b'];
    await vi.advanceTimersByTimeAsync(2_000);

    expect(owners).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });

  it('are stored no more after the end', async () => {
    heartbeats.record(session('a'), 1);
    heartbeats.close();
    await vi.advanceTimersByTimeAsync(5_000);

    expect(stored).toEqual([]);
  });
});
