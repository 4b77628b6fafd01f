import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startCommand } from './command.ts';
import { freePort } from './free-port.ts';
import { FAR_CORE, NEAR_CORE } from './native.ts';
import type { TunnelOptions, TunnelPath } from './tunnel-path.ts';
import { untilListening } from './until-listening.ts';

const run = promisify(execFile);
const SSHD = '/usr/sbin/sshd';

/** startReverseSsh is the peer of the tunnel: `ssh -R` to an OpenSSH server of its own, with its default cipher. */
export async function startReverseSsh({
  targetPort,
  via,
}: Omit<TunnelOptions, 'tls'>): Promise<TunnelPath> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-sshd-'));
  const key = path.join(folder, 'key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const sshPort = await freePort();
  const config = path.join(folder, 'sshd_config');
  await writeFile(config, serverConfig(sshPort, key));
  const server = startCommand([SSHD, '-D', '-e', '-f', config], { core: NEAR_CORE, quiet: true });
  await untilListening(sshPort);
  const relay = await via?.(sshPort);
  const port = await freePort();
  const forward = `127.0.0.1:${port}:127.0.0.1:${targetPort}`;
  const client = startCommand(
    [
      ...['ssh', '-F', 'none', '-N', '-R', forward, '-p', String(relay?.port ?? sshPort)],
      ...['-i', key, '-o', 'IdentitiesOnly=yes', '-o', 'ExitOnForwardFailure=yes'],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '127.0.0.1'],
    ],
    { core: FAR_CORE, quiet: true },
  );
  await untilListening(port);
  return {
    port,
    async stop() {
      await client.stop();
      await relay?.stop();
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
    'StrictModes no',
    'PermitRootLogin yes',
    'AllowTcpForwarding yes',
    'MaxSessions 1000',
    'MaxStartups 1000:30:2000',
    '',
  ].join('\n');
}
