import { beforeEach, describe, expect, it } from 'vitest';
import { agentRoutes, type AgentIdentity } from '@spt-flow/shared/api/agents';
import { workspaceRoutes, type Workspace } from '@spt-flow/shared/api/workspaces';
import { useCliStage } from './support/cli-stage.ts';
import { workspace, WORKSPACE_ID } from './support/fixtures.ts';
import type { RunOptions } from './support/run.ts';
import { Failure } from './support/test-server.ts';

const cli = useCliStage();
const DIGEST = 'A'.repeat(43);
const IDENTITY: AgentIdentity = {
  id: '0195f6f6-0000-7000-8000-000000000009',
  workspaceId: WORKSPACE_ID,
  keyId: DIGEST,
  keySince: '2026-01-02T03:04:05.000Z',
  channelBinding: 'tls-exporter',
  clonePolicy: 'reject',
  generation: 7,
  bootId: 'boot',
  machineFingerprint: 'box\u001b[2J',
  version: '0.1.0',
  lastSeenAt: null,
  quarantine: null,
};
const DETAINED: AgentIdentity = {
  ...IDENTITY,
  quarantine: {
    state: 'open',
    kind: 'second_machine',
    since: '2026-01-03T03:04:05.000Z',
    generation: 5,
    bootId: 'other',
    machineFingerprint: 'copy',
  },
};

let asked: unknown[];
let found: Workspace;

beforeEach(() => {
  [asked, found] = [[], workspace()];
  cli.server.on(workspaceRoutes.get, () => found);
  cli.server.on(agentRoutes.get, () => DETAINED);
  cli.server.on(agentRoutes.revoke, ({ body }) => {
    asked.push(body);
    return { agents: 1, tokens: 0 };
  });
  cli.server.on(agentRoutes.decide, ({ body }) => {
    asked.push(body);
    return IDENTITY;
  });
});

function signedIn(args: readonly string[], options: Partial<RunOptions> = {}) {
  return cli.run(['agent', ...args], options);
}

describe('agent show', () => {
  it('shows key and machine, and what is detained with the two ways to decide', async () => {
    const { exitCode, stdout, stderr } = await signedIn(['show', 'demo']);

    expect(exitCode).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "key           AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
      key since     2026-01-02T03:04:05.000Z
      machine       box
      generation    7
      binding       tls-exporter
      copies        reject
      version       0.1.0
      last seen     never
      detained      2026-01-03T03:04:05.000Z, a second machine with the identity asked to be let in (open)
        machine     copy
        generation  5
      "
    `);
    expect(stderr).toMatchInlineSnapshot(`
      "Is the detained machine the right one? spt-flow agent release demo
      Is it not? spt-flow agent dismiss demo
      "
    `);
  });

  it('prints everything for programs', async () => {
    const { stdout, stderr } = await signedIn(['show', 'demo', '--output', 'json']);

    expect({ identity: JSON.parse(stdout), stderr }).toEqual({ identity: DETAINED, stderr: '' });
  });
});

describe('agent rotate', () => {
  it('prints the identity', async () => {
    cli.server.on(agentRoutes.rotateKey, () => IDENTITY);

    expect((await signedIn(['rotate', 'demo'])).stdout).toContain(DIGEST);
  });

  it('fails when the agent is away', async () => {
    cli.server.on(agentRoutes.rotateKey, () => {
      throw new Failure('agent_offline');
    });

    expect((await signedIn(['rotate', 'demo'])).exitCode).not.toBe(0);
  });
});

describe('agent revoke', () => {
  it('says what ends, asks for the name, and how another joins', async () => {
    const { exitCode, stderr } = await signedIn(['revoke', 'demo'], { tty: true, stdin: 'demo\n' });

    expect(exitCode).toBe(0);
    expect(asked).toEqual([{ kind: 'workspace', id: WORKSPACE_ID }]);
    expect(stderr).toContain('Lost at once: its connection');
    expect(stderr).toContain('Another one joins by: spt-flow start demo');
  });

  it('names the way of a server', async () => {
    found = workspace({ provider: 'server' });

    const { stderr } = await signedIn(['revoke', 'demo', '--yes']);

    expect(stderr).toContain('spt-flow server join demo --replace');
  });

  it.each([
    ['another answer', { tty: true, stdin: 'yes\n' }, 1, 'Nothing was revoked'],
    ['nobody to ask', {}, 2, 'spt-flow agent revoke demo --yes'],
  ])('revokes nothing for %s', async (_what, options, exitCode, message) => {
    const result = await signedIn(['revoke', 'demo'], options);

    expect(result).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
    expect(asked).toEqual([]);
  });
});

describe('agent release and dismiss', () => {
  it('decide who is the agent', async () => {
    const released = await signedIn(['release', 'demo'], { tty: true, stdin: 'demo\n' });
    const dismissed = await signedIn(['dismiss', 'demo']);

    expect([released.exitCode, dismissed.exitCode]).toEqual([0, 0]);
    expect(released.stderr).toMatch(/the present one\s+loses its connection/);
    expect(asked).toEqual([{ decision: 'release' }, { decision: 'dismiss' }]);
  });

  it('release asks where it can, and wants --yes where it can’t', async () => {
    const result = await signedIn(['release', 'demo']);

    expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
    expect(asked).toEqual([]);
  });
});
