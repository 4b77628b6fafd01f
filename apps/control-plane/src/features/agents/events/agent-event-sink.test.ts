import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import { createAgentEventSink } from './agent-event-sink.ts';

const UPDATED: AgentEvent = {
  type: 'updated',
  update: { id: randomUUID(), outcome: 'committed', from: '0.1.0', version: '0.2.0' },
};
const PROCESS: AgentEvent = {
  ...{ type: 'process', name: 'app', state: 'running', exitCode: null, restarts: 0 },
};

function session(workspaceId: string) {
  return {
    ...{ sessionId: 's', agentId: 'a', workspaceId, organizationId: 'o' },
    ...{ generation: 1, bootId: 'b', machineFingerprint: 'm' },
  };
}

it('tells of what is rare twenty times a minute for each workspace, and of all else', () => {
  let nowMs = 0;
  const heard: string[] = [];
  const sink = createAgentEventSink({
    heartbeats: { record: () => undefined },
    logs: { append: async () => undefined },
    clock: { monotonicMs: () => nowMs },
  });
  sink.onEvent(({ workspaceId }, { type }) => void heard.push(`${workspaceId} ${type}`));
  const count = (what: string) => heard.filter((text) => text === what).length;
  const flood = Array.from({ length: 30 }, () => [UPDATED, PROCESS]).flat();

  void sink.store(session('one'), flood);
  void sink.store(session('two'), [UPDATED]);
  expect([count('one updated'), count('one process'), count('two updated')]).toEqual([20, 30, 1]);

  nowMs = 60_000;
  void sink.store(session('one'), flood);
  expect(count('one updated')).toBe(40);
});
