import { execFileSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sshRoutes } from '@spt-flow/shared/api/ssh';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { generateKey, publicLine } from '@spt-flow/ssh/keys';
import { workspace } from './support/fixtures.ts';
import { makeHome, run } from './support/run.ts';
import { Failure, startTestServer, TOKEN, type TestServer } from './support/test-server.ts';

const OWN = `Host *
  ServerAliveInterval 60

# DevPod Start box.devpod
Host box.devpod
  User vscode
  ProxyCommand devpod ssh --stdio box
# DevPod End box.devpod
`;
const LINE = 'Include spt-flow/config';
const hostAuthority = publicLine(generateKey());
let server: TestServer;
let home: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  server = await startTestServer();
  ({ home, remove } = await makeHome());
  await mkdir(path.join(home, '.ssh'));
  server.on(sshRoutes.authority, () => ({ hostAuthority }));
  server.on(sshRoutes.login, ({ params }) => {
    if (params['handle'] !== 'demo') throw new Failure('ssh_unavailable');
    return { hostAuthority, user: 'node', directory: '/work space' };
  });
  server.on(workspaceRoutes.get, () => workspace());
  server.on(workspaceRoutes.list, () => ({
    items: [
      workspace(),
      workspace({ name: 'bare' }),
      workspace({ name: 'asleep', actualState: 'stopped' }),
    ],
    nextCursor: null,
  }));
});
afterEach(async () => {
  await server.close();
  await remove();
});

function at(...names: string[]): string {
  return path.join(home, '.ssh', ...names);
}

function cli(...args: string[]) {
  return run(args, { home, env: { SPT_FLOW_SERVER: server.url, SPT_FLOW_TOKEN: TOKEN } });
}

/** What the real ssh makes of our file. */
function settings(host: string): string[] {
  return execFileSync('ssh', ['-G', '-F', at('spt-flow', 'config'), host], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');
}

describe('config-ssh', () => {
  it('makes workspaces hosts of ssh, each with its account', async () => {
    const { exitCode, stdout } = await cli('config-ssh');

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'asleep.spt-flow\nbare.spt-flow\ndemo.spt-flow\n',
    });
    expect(settings('demo.spt-flow')).toEqual(
      expect.arrayContaining([
        'user node',
        'stricthostkeychecking true',
        `userknownhostsfile ${at('spt-flow', 'known_hosts')}`,
        `identityagent ${at('spt-flow', 'demo.spt-flow')}`,
        `proxycommand '/usr/bin/node' '/opt/spt-flow.js' 'ssh-proxy' '--server' '${server.url}' '--agent-socket' '${at('spt-flow', '%n')}' '--login-user' '%r' '--' '%n'`,
      ]),
    );
    expect(settings('asleep.spt-flow')).toContain('user dev');
    expect(await readFile(at('spt-flow', 'known_hosts'), 'utf8')).toBe(
      `@cert-authority *.spt-flow ${hostAuthority}\n`,
    );
  });

  it('says nothing about hosts of others', async () => {
    await cli('config-ssh');

    expect(settings('example.com').filter((line) => /proxycommand|spt-flow/.test(line))).toEqual(
      [],
    );
  });

  it('adds one line before what people have, once, and takes exactly that away', async () => {
    await writeFile(at('config'), OWN, { mode: 0o640 });

    await cli('config-ssh');
    const once = await readFile(at('config'), 'utf8');
    await cli('config-ssh');

    expect(once.split('\n')[1]).toBe(LINE);
    expect(once.endsWith(`\n\n${OWN}`)).toBe(true);
    expect(await readFile(at('config'), 'utf8')).toBe(once);
    expect((await stat(at('config'))).mode & 0o777).toBe(0o640);

    expect(await cli('config-ssh', '--remove')).toMatchObject({ exitCode: 0 });
    expect(await readFile(at('config'), 'utf8')).toBe(OWN);
    expect(await readdir(at())).toEqual(['config']);
  });

  it('keeps the line breaks of Windows', async () => {
    await writeFile(at('config'), OWN.replaceAll('\n', '\r\n'));

    await cli('config-ssh');
    expect(await readFile(at('config'), 'utf8')).not.toMatch(/[^\r]\n/);
    await cli('config-ssh', '--remove');

    expect(await readFile(at('config'), 'utf8')).toBe(OWN.replaceAll('\n', '\r\n'));
  });

  it('leaves a line alone that people have put there, unless it belongs to a section', async () => {
    await writeFile(at('config'), `${LINE}\n${OWN}`);
    await cli('config-ssh');
    expect(await readFile(at('config'), 'utf8')).toBe(`${LINE}\n${OWN}`);

    await writeFile(at('config'), `${OWN}${LINE}\n`);
    await cli('config-ssh');
    expect((await readFile(at('config'), 'utf8')).match(/Include/g)).toHaveLength(1);
    expect((await readFile(at('config'), 'utf8')).split('\n')[1]).toBe(LINE);
  });

  it('follows a link', async () => {
    const target = path.join(home, 'dotfiles');
    await writeFile(target, OWN);
    await symlink(target, at('config'));

    await cli('config-ssh');

    expect((await lstat(at('config'))).isSymbolicLink()).toBe(true);
    expect(await readFile(target, 'utf8')).toContain(LINE);
  });

  it('says which line to add where the file is read-only', async () => {
    await writeFile(at('config'), OWN);
    await chmod(at('config'), 0o444);

    const { exitCode, stderr } = await cli('config-ssh');

    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`Put this line at its top by hand: ${LINE}`),
    });
    expect(await readFile(at('config'), 'utf8')).toBe(OWN);
    expect(settings('demo.spt-flow')).toContain('user node');
  });

  it('remembers the account of a workspace that does not run', async () => {
    await cli('config-ssh');
    server.on(workspaceRoutes.list, () => ({
      items: [workspace({ actualState: 'stopped' })],
      nextCursor: null,
    }));

    await cli('config-ssh');

    expect(settings('demo.spt-flow')).toContain('user node');
  });

  it('does not write what a server calls a name or an account, unless it is one', async () => {
    server.on(workspaceRoutes.list, () => ({
      items: [workspace({ name: 'x\n  ProxyCommand touch pwned' })],
      nextCursor: null,
    }));

    expect((await cli('config-ssh')).exitCode).toBe(2);
    await expect(stat(at('spt-flow', 'config'))).rejects.toThrow('ENOENT');
  });
});

describe('code', () => {
  it('prints where VS Code finds the project, and tells ssh about the workspace', async () => {
    const { exitCode, stdout } = await cli('code', 'demo');

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'vscode-remote://ssh-remote+demo.spt-flow/work%20space\n',
    });
    expect(settings('demo.spt-flow')).toContain('user node');
    await rm(at('spt-flow'), { recursive: true });
  });

  it('says what opens it, and how one works without', async () => {
    const env = { SPT_FLOW_SERVER: server.url, SPT_FLOW_TOKEN: TOKEN };
    const { stderr, opened } = await run(['code', 'demo'], { home, env, tty: true });

    expect(opened).toEqual(['vscode://vscode-remote/ssh-remote+demo.spt-flow/work%20space']);
    expect(stderr).toMatch(/Without VS Code: spt-flow ssh\s+demo/);
  });
});

describe('ssh', () => {
  it.each([
    ['no ssh', undefined, 'This machine has no ssh'],
    ['an old one', 'OpenSSH_6.6.1p1 Ubuntu', 'The ssh of this machine is 6.6: 7.3 is the oldest'],
  ])('with %s says so, and what works without', async (_name, version, said) => {
    const programs = path.join(home, 'bin');
    await mkdir(programs);
    if (version !== undefined)
      await writeFile(path.join(programs, 'ssh'), `#!/bin/sh\necho ${version} >&2\nexit 255\n`, {
        mode: 0o755,
      });
    const env = { SPT_FLOW_SERVER: server.url, SPT_FLOW_TOKEN: TOKEN, PATH: programs };
    const { exitCode, stderr } = await run(['ssh', 'demo'], { home, env });

    expect(exitCode).toBe(1);
    expect(stderr).toContain(said);
    expect(stderr).toContain('Try: spt-flow terminal demo');
  });
});
