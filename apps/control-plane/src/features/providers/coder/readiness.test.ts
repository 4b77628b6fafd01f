import { describe, expect, it } from 'vitest';
import { WorkspaceSchema } from './coder-shapes.ts';
import { readinessOf } from './readiness.ts';

interface Seen {
  readonly build?: string;
  readonly status?: string;
  readonly lifecycle?: string;
  readonly blocks?: boolean;
}

function seen({
  build = 'running',
  status = 'connected',
  lifecycle = 'ready',
  blocks = true,
}: Seen) {
  const agent = {
    ...{ id: 'a', name: 'main', parent_id: null, status, lifecycle_state: lifecycle },
    scripts: [{ start_blocks_login: blocks }],
  };
  const inner = { ...agent, id: 'inner', parent_id: 'a' };
  return WorkspaceSchema.parse({
    ...{ id: 'w', name: 'flow-1', template_name: 'box' },
    latest_build: {
      ...{ id: 'b', transition: 'start', status: build, template_version_id: 'v' },
      job: { status: 'succeeded' },
      resources: [{ agents: null }, { agents: [inner, agent] }],
    },
  });
}

describe('readinessOf', () => {
  it.each<[Seen, string]>([
    [{ build: 'starting' }, 'wait'],
    [{ build: 'stopped' }, 'failed'],
    [{ build: 'failed' }, 'failed'],
    [{ build: 'deleting' }, 'failed'],
    [{ status: 'connecting' }, 'wait'],
    [{ status: 'timeout' }, 'wait'],
    [{ status: 'a word of tomorrow' }, 'wait'],
    [{ status: 'disconnected' }, 'failed'],
    [{ lifecycle: 'created' }, 'wait'],
    [{ lifecycle: 'starting' }, 'wait'],
    [{ lifecycle: 'starting', blocks: false }, 'ready'],
    [{ lifecycle: 'ready' }, 'ready'],
    [{ lifecycle: 'start_error' }, 'ready'],
    [{ lifecycle: 'start_timeout' }, 'ready'],
    [{ lifecycle: 'a word of tomorrow' }, 'ready'],
    [{ lifecycle: 'shutting_down' }, 'failed'],
    [{ lifecycle: 'off' }, 'failed'],
  ])('%o: %s', (given, state) => {
    expect(readinessOf(seen(given)).state).toBe(state);
  });

  it('takes the agent of the workspace, and warns of a script that failed', () => {
    expect(readinessOf(seen({ lifecycle: 'start_error' }))).toMatchObject({
      agent: { id: 'a' },
      warning: 'The startup script of the Coder template failed: its log is in Coder',
    });
  });
});
