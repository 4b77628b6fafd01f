import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startCommand } from './command.ts';
import { freePort } from '../../e2e/harness/free-port.ts';
import { untilListening } from './until-listening.ts';

const run = promisify(execFile);
const SSHD = '/usr/sbin/sshd';
/** Where sshd drops its rights; Debian makes it when the service starts first, which it need not have. */
const PRIVILEGE_SEPARATION_DIRECTORY = '/run/sshd';

export interface SshServer {
  readonly port: number;
  /** What ssh and scp need to log in to it on 127.0.0.1. */
  readonly clientOptions: readonly string[];
  stop(): Promise<void>;
}

/** startSshServer runs an OpenSSH server on loopback that one key of its own opens. */
export async function startSshServer({ core }: { core?: number } = {}): Promise<SshServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-sshd-'));
  const key = path.join(folder, 'key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  if (process.getuid?.() === 0) await mkdir(PRIVILEGE_SEPARATION_DIRECTORY, { recursive: true });
  const port = await freePort();
  const config = path.join(folder, 'sshd_config');
  await writeFile(config, serverConfig(port, key));
  const server = startCommand([SSHD, '-D', '-e', '-f', config], { core, quiet: true });
  await untilListening(port);
  return {
    port,
    clientOptions: [
      ...['-F', 'none', '-o', `Port=${port}`, '-i', key, '-o', 'IdentitiesOnly=yes'],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
      ...['-o', 'LogLevel=ERROR'],
    ],
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function serverConfig(port: number, key: string): string {
  return [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${key}`,
    `AuthorizedKeysFile ${key}.pub`,
    'PidFile none',
    'UsePAM no',
    // For bash a login inside another: what root's .bashrc does on this machine is not OpenSSH's time.
    'SetEnv SHLVL=1',
    'StrictModes no',
    'PermitRootLogin yes',
    'AllowTcpForwarding yes',
    'MaxSessions 1000',
    'MaxStartups 1000:30:2000',
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n');
}
