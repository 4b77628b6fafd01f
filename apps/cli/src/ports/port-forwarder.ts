import { connect as connectSocket, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '@spt-flow/shared/api/client';
import {
  ForwardAnswerSchema,
  ForwardedConnectionSchema,
  type ForwardAnswer,
  type ForwardRequest,
} from '@spt-flow/shared/api/port-forward';
import { describeError } from '@spt-flow/shared/domain/errors';
import { JOINED_SOCKET, joinSocket } from '@spt-flow/tunnel/join-socket';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import { countReads } from '@spt-flow/tunnel/young-collections';
import { openForwardLink, type ForwardLink, type LinkOptions } from './forward-link.ts';
import { formatAddress, type LocalForward, type RemoteForward } from './forward-spec.ts';
import { listenLocally, type LocalListener } from './local-listener.ts';

/** A workspace that is being restarted has its ports again after some such time. */
const LISTEN_AGAIN_MS = 2_000;

/** Forwarded is a forward that works. */
export type Forwarded =
  | ({ readonly direction: 'local'; readonly address: string } & Omit<LocalForward, 'bind'>)
  | ({ readonly direction: 'remote' } & RemoteForward);

export interface ForwardOptions {
  readonly connect: LinkOptions['connect'];
  readonly locals: readonly LocalForward[];
  readonly remotes: readonly RemoteForward[];
  readonly signal: AbortSignal;
  /** Once for each, with the ports that were chosen. */
  readonly onForwarded: (forwarded: Forwarded) => void;
  /** A line for people: connections, and what keeps them from working. */
  readonly note: (text: string) => void;
}

/** forwardPorts carries ports until the signal; it rejects when they can't be carried any more. */
export async function forwardPorts(options: ForwardOptions): Promise<void> {
  const { signal, note } = options;
  const homes = new Map<number, RemoteForward>();
  const listeners: LocalListener[] = [];
  const link = await openForwardLink({
    ...options,
    onState: (state) =>
      note(state === 'lost' ? 'Connection lost, connecting again…' : 'Connected again'),
    onTunnel: (tunnel) => serveHomes(tunnel, homes, note),
  });
  try {
    for (const local of options.locals) listeners.push(await startLocal(local, link, options));
    const remotes = options.remotes.map((remote) => keepRemote(remote, { link, homes, options }));
    // Only the first failure is told; the others are of the same kind.
    for (const remote of remotes) remote.catch(() => undefined);
    await Promise.race([link.failed, untilAborted(signal), ...remotes]);
  } finally {
    for (const listener of listeners) listener.close();
    link.close();
  }
}

async function startLocal(
  local: LocalForward,
  link: ForwardLink,
  { note, onForwarded }: ForwardOptions,
): Promise<LocalListener> {
  const listener = await listenLocally(local, (socket) => {
    const name = `${formatAddress(socket.remoteAddress ?? '', socket.remotePort ?? 0)} → ${local.port}`;
    carry(socket, { link, port: local.port })
      .then(() => follow(socket, name, note))
      .catch((error: unknown) => {
        note(`${name}: ${messageOf(error)}`);
        socket.resetAndDestroy();
      });
  });
  const { address, port: localPort } = listener;
  onForwarded({ direction: 'local', address, localPort, port: local.port });
  return listener;
}

async function carry(
  socket: Socket,
  { link, port }: { link: ForwardLink; port: number },
): Promise<void> {
  // Until it is carried, its failures are nobody's.
  socket.on('error', () => undefined);
  const tunnel = await link.tunnel();
  if (!tunnel) throw new Error('The server is away');
  const stream = openStream(tunnel, { type: 'connect', port });
  await granted(stream);
  countReads(socket);
  joinSocket(stream, socket);
  if (socket.destroyed) stream.reset('cancelled');
}

interface RemoteDeps {
  readonly link: ForwardLink;
  /** Where connections of a listening stream lead to, by its id. */
  readonly homes: Map<number, RemoteForward>;
  readonly options: ForwardOptions;
}

/** Listens in the workspace for as long as this runs: anew after every loss. */
async function keepRemote(remote: RemoteForward, deps: RemoteDeps): Promise<void> {
  const { signal, note, onForwarded } = deps.options;
  const progress = { isTold: false };
  function tell(remotePort: number): void {
    if (!progress.isTold) onForwarded({ direction: 'remote', ...remote, remotePort });
    progress.isTold = true;
  }
  while (!signal.aborted) {
    const tunnel = await deps.link.tunnel();
    try {
      if (tunnel) await listenThere(tunnel, remote, { ...deps, tell });
    } catch (error) {
      if (!progress.isTold) throw error;
      note(`${remote.remotePort} of the workspace: ${messageOf(error)}`);
    }
    await sleep(LISTEN_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function listenThere(
  tunnel: Tunnel,
  remote: RemoteForward,
  { homes, tell }: Pick<RemoteDeps, 'homes'> & { tell: (remotePort: number) => void },
): Promise<void> {
  const stream = openStream(tunnel, { type: 'listen', port: remote.remotePort });
  // The first connection may arrive together with the answer.
  homes.set(stream.streamId, remote);
  try {
    tell(await granted(stream));
    await untilClosed(stream);
  } finally {
    homes.delete(stream.streamId);
  }
}

/** Takes the connections that the workspace's ports bring. */
function serveHomes(
  tunnel: Tunnel,
  homes: ReadonlyMap<number, RemoteForward>,
  note: (text: string) => void,
): void {
  tunnel.onStream((stream) => {
    const head = ForwardedConnectionSchema.safeParse(stream.head);
    const home = head.data && homes.get(head.data.listener);
    if (!home) return answer(stream, { ok: false, code: 'not_found', message: '' });
    const name = `${home.remotePort} of the workspace → ${formatAddress(home.host, home.port)}`;
    const { host, port } = home;
    const socket = connectSocket({
      ...JOINED_SOCKET,
      host,
      port,
      allowHalfOpen: true,
      noDelay: true,
    });
    const refuse = (error: Error) => {
      note(`${name}: ${messageOf(error)}`);
      answer(stream, { ok: false, code: 'port_not_open', message: 'Nothing answers at home' });
    };
    socket.once('error', refuse);
    socket.once('connect', () => {
      socket.off('error', refuse);
      answer(stream, { ok: true });
      countReads(socket);
      joinSocket(stream, socket);
      follow(socket, name, note);
    });
    stream.once('close', () => socket.destroy());
  });
}

function answer(stream: TunnelStream, content: ForwardAnswer): void {
  if (stream.destroyed) return;
  stream.respond(content);
  if (content.ok) return;
  stream.end();
  stream.resume();
}

function follow(socket: Socket, name: string, note: (text: string) => void): void {
  note(`${name}: connected`);
  socket.once('close', () => note(`${name}: closed`));
}

function openStream(tunnel: Tunnel, request: ForwardRequest): TunnelStream {
  return tunnel.open(request);
}

/** Resolves with the port that was chosen, if any; ApiError with the server's own words when the request was refused. */
async function granted(stream: TunnelStream): Promise<number> {
  const content = ForwardAnswerSchema.parse(await stream.response);
  if (content.ok) return content.port ?? 0;
  stream.resume();
  const { code, message } = content;
  throw new ApiError(message, { code, status: describeError(code).status, correlationId: '' });
}

function untilClosed(stream: TunnelStream): Promise<void> {
  stream.resume();
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    stream.once('close', () => resolve());
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
