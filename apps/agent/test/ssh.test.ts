import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { generateKey } from '@spt-flow/ssh/keys';
import { identifyProcess } from '../src/system/proc.ts';
import { buildAgent } from './support/build.ts';
import { createRig, responseOf, type Rig } from './support/rig.ts';
import { createSshClient, type LoginOptions } from './support/ssh-client.ts';

const MINUTE_MS = 60_000;
let bundleFolder: string;
let rig: Rig;
let client: Awaited<ReturnType<typeof createSshClient>>;

beforeAll(async () => void (bundleFolder = await buildAgent()));
afterAll(() => rm(bundleFolder, { recursive: true, force: true }));
beforeEach(async () => {
  rig = await createRig(bundleFolder);
  client = await createSshClient(rig.tunnel);
});
afterEach(async () => {
  await client.close();
  await rig.close();
});

function logLines(): string[] {
  return rig.events.flatMap((event) =>
    event.type === 'log' && event.source === 'ssh' ? [event.text] : [],
  );
}

describe('SSH', () => {
  it('runs commands with the environment of the workspace, and leaves nothing behind', async () => {
    const { out, err, exitCode } = await client.run('echo "$PATH"; echo blamed >&2; exit 7');

    expect({ out, err, exitCode }).toEqual({
      out: `${process.env['PATH']}\n`,
      err: 'blamed\n',
      exitCode: 7,
    });
    await expect
      .poll(() => readdir(join(rig.secrets.memoryDirectory ?? '', 'ssh-connections')))
      .toEqual([]);
    await expect.poll(() => readdir(join(rig.project.state, 'groups'))).toEqual([]);
  });

  it('has the secrets of the workspace, which no file of the disk has meanwhile', async () => {
    const stream = rig.tunnel.open({ method: 'secrets.put', restart: false, withinMs: 0 });
    stream.end(JSON.stringify({ variables: { API_KEY: 'sk-very-secret' } }));
    expect(await responseOf(stream)).toMatchObject({ ok: true });

    const { out } = await client.run(`echo "$API_KEY"; grep -rlF "$API_KEY" ${rig.project.root}`);
    expect(out).toBe('sk-very-secret\n');
  });

  it('has a terminal', async () => {
    expect((await client.run('tty', { ssh: ['-tt'] })).out).toMatch(/^\/dev\/pts\/\d+\r\n/);
  });

  it('keeps its host key, which only its account can read', async () => {
    await client.run('true');
    const keyFile = join(rig.project.state, 'ssh', 'host_key');
    const before = await readFile(keyFile, 'utf8');

    await client.run('true');

    expect(await readFile(keyFile, 'utf8')).toBe(before);
  });

  it.each<[string, LoginOptions]>([
    ['of another authority', { userAuthority: generateKey() }],
    ['that has expired', { user: { validUntil: new Date(Date.now() - MINUTE_MS) } }],
    ['that is not valid yet', { user: { validFrom: new Date(Date.now() + MINUTE_MS) } }],
    ['for another workspace', { user: { principals: ['somebody@there'] } }],
    ['of a host', { user: { role: 'host' } }],
  ])('refuses a certificate %s, and says why in the log', async (_, options) => {
    const { err, exitCode } = await client.run('true', options);

    expect({ err, exitCode }).toMatchObject({
      err: expect.stringContaining('Permission denied (publickey)'),
      exitCode: 255,
    });
    await expect.poll(logLines).not.toEqual([]);
  });

  it('refuses another account', async () => {
    const { exitCode } = await client.run('true', { ssh: ['-o', 'User=nobody'] });

    expect(exitCode).toBe(255);
  });

  it.each<[string, LoginOptions]>([
    ['another workspace', { host: { principals: ['other.spt-flow'] } }],
    ['nobody that is known', { hostAuthority: generateKey() }],
    [
      'one whose certificate has expired',
      { host: { validUntil: new Date(0), validFrom: new Date(0) } },
    ],
  ])('is not talked to when the host is %s', async (_, options) => {
    const { err, exitCode } = await client.run('true', options);

    expect({ err, exitCode }).toMatchObject({
      err: expect.stringContaining('Host key verification failed'),
      exitCode: 255,
    });
  });

  it('ends with its stream', async () => {
    const running = client.run('echo here; sleep 1000');
    await expect.poll(() => logLines().join('\n')).toContain('Accepted publickey');

    for (const stream of client.streams) stream.reset('cancelled');

    expect(await running).toMatchObject({ exitCode: 255 });
    await expect.poll(() => readdir(join(rig.project.state, 'groups'))).toEqual([]);
  });

  it('ends with what was started in it when the agent is suspended', async () => {
    const { out } = await client.run('setsid sleep 1000 > /dev/null 2>&1 & echo $!');
    const pid = Number(out);
    expect(identifyProcess(pid)).toBeDefined();

    await responseOf(rig.tunnel.open({ method: 'suspend' }));

    await expect.poll(() => identifyProcess(pid)).toBeUndefined();
  });
});

it('without sshd says what to do', async () => {
  const bare = await createRig(bundleFolder, {}, { hasSshd: false });

  expect(await responseOf(bare.tunnel.open({ method: 'ssh.host' }))).toMatchObject({
    ok: false,
    code: 'unavailable',
    message: expect.stringContaining('apt install openssh-server'),
  });
  await bare.close();
});
