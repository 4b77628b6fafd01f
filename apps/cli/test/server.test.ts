import { beforeEach, describe, expect, it } from 'vitest';
import {
  serverRoutes,
  type Host,
  type Invitation,
  type ServerJoin,
} from '@spt-flow/shared/api/servers';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { useCliStage } from './support/cli-stage.ts';
import { workspace } from './support/fixtures.ts';
import type { RunOptions } from './support/run.ts';

const cli = useCliStage();
const INVITATION: Invitation = {
  code: 'sptf-secret',
  command: " printf %s 'sptf-secret' | sudo sh",
  promptCommand: 'sudo sh',
  expiresAt: '2026-01-02T03:19:05.000Z',
  note: null,
};
const DIGEST = 'A'.repeat(43);
const MACHINE: ServerJoin = {
  machineName: 'box\u001b[2J',
  machineFingerprint: DIGEST,
  keyId: `${DIGEST.slice(1)}B`,
  platform: 'linux-x64',
  agentVersion: '0.1.0',
  address: '192.0.2.7',
  serverKey: `${DIGEST.slice(1)}C`,
  requestedAt: '2026-01-02T03:04:05.000Z',
};
const BUILD_1 = workspace({ name: 'build-1', provider: 'server' });

let bodies: unknown[];

beforeEach(() => {
  bodies = [];
});

function signedIn(args: readonly string[], options: Partial<RunOptions> = {}) {
  return cli.run(['server', ...args], options);
}

describe('server join', () => {
  beforeEach(() => {
    cli.server.on(serverRoutes.create, ({ body }) => {
      bodies.push(body);
      return { workspace: BUILD_1, invitation: INVITATION };
    });
  });

  it('prints the command alone on the standard output', async () => {
    const { exitCode, stdout, stderr } = await signedIn(['join', 'build-1', '--project', 'shop']);

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${INVITATION.command}\n` });
    expect(stderr).not.toContain(INVITATION.code);
    expect(bodies).toEqual([{ name: 'build-1', project: 'shop' }]);
  });

  it('invites another machine in the place of the one before', async () => {
    const invitation = { ...INVITATION, note: 'Only this very machine can join' };
    cli.server.on(serverRoutes.invite, () => ({ workspace: BUILD_1, invitation }));

    const { stdout, stderr } = await signedIn(['join', 'build-1', '--replace']);

    expect(stdout).toBe(`${INVITATION.command}\n`);
    expect(stderr).toContain('Warning: Only this very machine can join');
    expect(bodies).toEqual([]);
  });
});

describe('server host', () => {
  const HOST: Host = {
    ...{ since: '2026-01-02T03:04:05.000Z', engine: 'Docker\u001b[2J 27.1 (amd64)', problem: null },
    workspaces: [{ id: BUILD_1.id, name: 'guest' }],
    hiddenWorkspaces: 2,
  };

  it('lets workspaces run there, and says what does', async () => {
    cli.server.on(serverRoutes.addHost, () => HOST);

    const { exitCode, stdout, stderr } = await signedIn(['host', 'build-1']);

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'Engine:     Docker 27.1 (amd64)\nWorkspaces: guest, 2 that you do not see\n',
    });
    expect(stderr).toContain('--on-server build-1');
  });

  it('says what to do where there is nothing to show, and ends it', async () => {
    cli.server.on(serverRoutes.showHost, () => ({ host: null }));
    cli.server.on(serverRoutes.removeHost, () => ({}));

    const shown = await signedIn(['host', 'build-1', '--show']);
    const ended = await signedIn(['unhost', 'build-1']);

    expect(shown.exitCode).not.toBe(0);
    expect(shown.stderr).toContain('spt-flow server host build-1');
    expect(ended).toMatchObject({ exitCode: 0 });
  });
});

describe('server approve', () => {
  const args = ['approve', 'bdwp hqpk', '--name', 'build-1'];

  beforeEach(() => {
    cli.server.on(serverRoutes.showJoin, () => MACHINE);
    cli.server.on(serverRoutes.approveJoin, ({ body }) => {
      bodies.push(body);
      return BUILD_1;
    });
  });

  it('shows the keys, asks, and lets the machine in', async () => {
    const { exitCode, stdout, stderr } = await signedIn(args, { tty: true, stdin: 'yes\n' });

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'build-1\n' });
    for (const key of [MACHINE.keyId, MACHINE.serverKey, DIGEST]) expect(stderr).toContain(key);
    expect(stderr).not.toContain('\u001b[2J');
    expect(bodies).toEqual([{ name: 'build-1' }]);
  });

  it.each([
    ['another answer', { tty: true, stdin: 'no\n' }, 1, 'Not approved'],
    ['nobody to ask', {}, 2, '--yes'],
  ])('lets nobody in for %s', async (_what, options, exitCode, message) => {
    const result = await signedIn(args, options);

    expect(result).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
    expect(bodies).toEqual([]);
  });

  it('takes --yes for an answer', async () => {
    expect(await signedIn([...args, '--yes'])).toMatchObject({ exitCode: 0 });
  });

  it('refuses what is no code', async () => {
    const result = await signedIn(['approve', 'BDWP', '--name', 'build-1']);

    expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('eight letters') });
  });
});

describe('server deny', () => {
  it('turns the machine away', async () => {
    cli.server.on(serverRoutes.denyJoin, () => ({}));

    const { exitCode, stderr } = await signedIn(['deny', 'BDWP-HQPK']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'The machine was not let in\n' });
  });
});

describe('server list', () => {
  it('shows the servers among the workspaces', async () => {
    cli.server.on(workspaceRoutes.list, () => ({
      items: [workspace(), BUILD_1],
      nextCursor: null,
    }));

    expect((await signedIn(['list'])).stdout).toBe(
      'NAME     STATE    CONNECTED  ADDRESS    AGENT  OWNER\n' +
        'build-1  running  now        192.0.2.7  0.1.0  Ada\n',
    );
  });

  it('names the first step while there are none', async () => {
    cli.server.on(workspaceRoutes.list, () => ({ items: [workspace()], nextCursor: null }));

    expect((await signedIn(['list'])).stderr).toContain('spt-flow server join <name>');
  });
});
