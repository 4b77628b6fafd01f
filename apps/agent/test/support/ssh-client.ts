import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { issueCertificate, type CertificateRequest } from '@spt-flow/ssh/certificate';
import { generateKey, privateKeyFile, publicLine } from '@spt-flow/ssh/keys';
import { SshHostSchema } from '@spt-flow/shared/agent-protocol/requests';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import { responseOf } from './rig.ts';

const HOST = 'box.spt-flow';
const PRINCIPAL = 'somebody@here';
const HOUR_MS = 3_600_000;

/** Carries bytes between ssh and the socket that stands for the way to the workspace. */
const PROXY = `const s=require('net').connect(process.argv[1]);process.stdin.pipe(s);s.pipe(process.stdout)`;

export interface LoginOptions {
  readonly user?: Partial<CertificateRequest>;
  readonly host?: Partial<CertificateRequest>;
  /** Who signs, in place of the authorities that are trusted. */
  readonly userAuthority?: ReturnType<typeof generateKey>;
  readonly hostAuthority?: ReturnType<typeof generateKey>;
  readonly ssh?: readonly string[];
}

/** createSshClient logs in with the real ssh, as the control plane has it set up. */
export async function createSshClient(tunnel: Tunnel) {
  const folder = await mkdtemp(join(tmpdir(), 'spt-flow-ssh-'));
  const at = (name: string) => join(folder, name);
  const authorities = { user: generateKey(), host: generateKey() };
  const streams: TunnelStream[] = [];
  let hostCertificate = '';

  const gate = createServer({ allowHalfOpen: true }, (socket) => {
    const stream = tunnel.open({
      method: 'ssh',
      hostCertificate,
      userAuthority: publicLine(authorities.user),
      principal: PRINCIPAL,
    });
    streams.push(stream);
    stream.on('error', () => socket.destroy());
    socket.on('error', () => stream.reset('cancelled'));
    socket.pipe(stream).pipe(socket);
  }).listen(at('gate'));
  await once(gate, 'listening');
  await writeFile(
    at('known_hosts'),
    `@cert-authority *.spt-flow ${publicLine(authorities.host)}\n`,
  );

  async function run(command: string, options: LoginOptions = {}) {
    const key = generateKey();
    const answer = await responseOf(tunnel.open({ method: 'ssh.host' }));
    const host = SshHostSchema.parse(answer.ok ? answer.data : undefined);
    const common = {
      serial: 1n,
      validFrom: new Date(Date.now() - HOUR_MS),
      validUntil: new Date(Date.now() + HOUR_MS),
    };
    hostCertificate = issueCertificate(options.hostAuthority ?? authorities.host, {
      ...{ ...common, role: 'host', keyId: 'box', principals: [HOST] },
      publicKey: host.publicKey,
      ...options.host,
    });
    await rm(at('key'), { force: true });
    await writeFile(at('key'), privateKeyFile(key), { mode: 0o600 });
    const certificate = issueCertificate(options.userAuthority ?? authorities.user, {
      ...{ ...common, role: 'user', keyId: 'ada', principals: [PRINCIPAL] },
      ...{ publicKey: publicLine(key), extensions: ['permit-pty', 'permit-port-forwarding'] },
      ...options.user,
    });
    await writeFile(at('key-cert.pub'), certificate);
    const child = spawn('ssh', [
      ...(options.ssh ?? []),
      ...sshArguments(host.user),
      ...[HOST, command],
    ]);
    child.stdin.end();
    const [out, err, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { out, err, exitCode: exitCode as number | null };
  }

  function sshArguments(user: string): string[] {
    const options = {
      ...{
        BatchMode: 'yes',
        IdentityFile: at('key'),
        IdentitiesOnly: 'yes',
        IdentityAgent: 'none',
      },
      ...{ StrictHostKeyChecking: 'yes', UserKnownHostsFile: at('known_hosts'), User: user },
      ProxyCommand: `'${process.execPath}' -e "${PROXY}" '${at('gate')}'`,
    };
    const all = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    return ['-F', 'none', ...all];
  }

  return {
    run,
    streams,
    async close() {
      gate.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
