import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { certificateBlob, issueCertificate } from '@spt-flow/ssh/certificate';
import { generateKey, publicLine } from '@spt-flow/ssh/keys';
import { sshString, uint32 } from '@spt-flow/ssh/wire';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openAgentSocket, type AgentSocket } from './agent-socket.ts';
import { createKeyAgent } from './key-agent.ts';

const SIGN_REQUEST = 13;
const run = promisify(execFile);
let folder: string;
let theirs: ChildProcess;
let socket: AgentSocket;
let place: string;
let certificate: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-key-agent-'));
  const upstream = path.join(folder, 'theirs');
  theirs = spawn('ssh-agent', ['-D', '-a', upstream], { stdio: 'ignore' });
  await vi.waitFor(() => stat(upstream), { timeout: 20_000 });
  const personal = path.join(folder, 'personal');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'personal', '-f', personal]);
  await run('ssh-add', ['-q', personal], { env: { SSH_AUTH_SOCK: upstream } });
  const key = generateKey();
  certificate = issueCertificate(generateKey(), {
    ...{ role: 'user', keyId: 'test', serial: 1n, principals: ['dev@demo'], extensions: [] },
    ...{ publicKey: publicLine(key), validFrom: new Date(0), validUntil: new Date(1e13) },
  });
  place = path.join(folder, 'agent');
  const usual = process.umask(0);
  socket = await openAgentSocket(place, createKeyAgent({ key, certificate, upstream }));
  process.umask(usual);
});
afterEach(async () => {
  socket.close();
  theirs.kill();
  await rm(folder, { recursive: true, force: true });
});

async function shown(): Promise<string> {
  return (await run('ssh-add', ['-L'], { env: { SSH_AUTH_SOCK: place } })).stdout;
}

/** As ssh does once a server said that it takes the key. */
async function logIn(ssh = connect(place)): Promise<void> {
  const blob = sshString(certificateBlob(certificate));
  const data = sshString('what the server is to be shown');
  ssh.write(sshString(Buffer.concat([Buffer.from([SIGN_REQUEST]), blob, data, uint32(0)])));
  await once(ssh, 'data');
  ssh.destroy();
}

it('shows a server no key but ours before that was used, and then those of the person, for ssh -A', async () => {
  expect((await shown()).trim().split('\n')).toEqual([expect.stringContaining('cert-v01')]);

  await logIn();

  expect(await shown()).toContain('personal');
});

it('still signs for an ssh that had asked before its own connection ended', async () => {
  const other = connect(place);
  await once(other, 'connect');
  await shown();
  socket.close();
  let isOver = false;
  const served = socket.served().then(() => (isOver = true));

  await logIn(other);
  expect(isOver).toBe(false);
  await once(other, 'close');
  await served;
});

it('is for nobody else on the machine, whatever the person’s umask', async () => {
  expect((await stat(place)).mode & 0o777).toBe(0o600);
});
