import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ApiError } from '@spt-flow/shared/api/client';
import type { SshLogin } from '@spt-flow/shared/api/ssh';
import { generateKey } from '@spt-flow/ssh/keys';
import { joinSocket } from '@spt-flow/tunnel/join-socket';
import { countReads } from '@spt-flow/tunnel/young-collections';
import type { Context } from '../context.ts';
import { CliError, EXIT } from '../core/errors.ts';
import { listenLocally, type LocalListener } from '../ports/local-listener.ts';
import { plain } from '../core/text.ts';
import { openAgentSocket } from './agent-socket.ts';
import { hostNameOf } from './host-name.ts';
import { createKeyAgent, upstreamOf } from './key-agent.ts';
import { openSshLink } from './ssh-link.ts';
import { hostConfig, knownHosts } from './ssh-options.ts';

const FIRST_PORT = 2_222;
const LAST_PORT = 2_241;

/** Connected is where the SSH server of a workspace is reached on this machine, and by which configuration. */
export interface Connected {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly sshConfig: string;
}

export interface ConnectRun extends SshLogin {
  /** Of the workspace. */
  readonly name: string;
  /** Undefined: the first that is free, from 2222 on. */
  readonly listenPort: number | undefined;
  readonly onReady: (connected: Connected) => void;
}

/** runConnect opens a port of this machine that leads to the workspace's SSH server, until Ctrl-C. */
export async function runConnect(context: Context, run: ConnectRun): Promise<void> {
  const { io } = context;
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-'));
  const agentSocket = path.join(folder, 'agent');
  const way = await prepareWay(context, run, agentSocket);
  // Each connection brings a certificate of its own for the one key; the latest is valid for all.
  const keys = await openAgentSocket(agentSocket, way.serveKey);
  let listener: LocalListener | undefined;
  try {
    listener = await listen(run, way.carry);
    const connected = await describe(run, { folder, agentSocket, listener });
    run.onReady(connected);
    await new Promise<void>((resolve) => {
      if (io.signal.aborted) resolve();
      io.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    listener?.close();
    way.close();
    keys.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepareWay(context: Context, { name }: ConnectRun, agentSocket: string) {
  const key = generateKey();
  const connection = await context.connection();
  const upstream = upstreamOf(context.io.env, agentSocket);
  const open = new Set<() => void>();
  let latest: ((socket: Socket) => void) | undefined;

  async function carry(socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    try {
      // A tool that connects again by itself starts nothing.
      const link = await openSshLink(connection, { handle: name, interactive: false, key });
      latest = createKeyAgent({ key, certificate: link.certificate, upstream });
      open.add(link.close);
      socket.once('close', () => {
        open.delete(link.close);
        link.close();
      });
      countReads(socket);
      joinSocket(link.stream, socket);
    } catch (error) {
      socket.destroy();
      const isStopped = error instanceof ApiError && error.code === 'workspace_stopped';
      const remedy = isStopped ? `; spt-flow start ${plain(name)}` : '';
      context.note(plain(error instanceof Error ? error.message : String(error)) + remedy);
    }
  }

  return {
    carry: (socket: Socket) => void carry(socket),
    serveKey(socket: Socket): void {
      if (latest) latest(socket);
      else socket.destroy();
    },
    close(): void {
      for (const end of open) end();
    },
  };
}

async function listen(
  { name, listenPort }: ConnectRun,
  onConnection: (socket: Socket) => void,
): Promise<LocalListener> {
  const last = listenPort ?? LAST_PORT;
  for (let port = listenPort ?? FIRST_PORT; ; port += 1) {
    try {
      return await listenLocally({ bind: undefined, localPort: port, port }, onConnection);
    } catch (cause) {
      if (port < last) continue;
      throw new CliError({
        what: cause instanceof CliError ? cause.message : `Port ${port} cannot be used`,
        safe: 'Nothing was opened',
        command: `spt-flow connect ${plain(name)} --listen-port <another port>`,
        exitCode: EXIT.failure,
        cause,
      });
    }
  }
}

async function describe(
  { name, user, hostAuthority }: ConnectRun,
  place: { folder: string; agentSocket: string; listener: LocalListener },
): Promise<Connected> {
  const { address, port } = place.listener;
  const host = hostNameOf(name);
  const known = path.join(place.folder, 'known_hosts');
  const sshConfig = path.join(place.folder, 'config');
  await writeFile(known, knownHosts(hostAuthority));
  await writeFile(
    sshConfig,
    hostConfig(host, {
      ...{ address, port, user },
      ...{ agentSocket: place.agentSocket, knownHosts: known },
    }),
  );
  return { host, address, port, user, sshConfig };
}
