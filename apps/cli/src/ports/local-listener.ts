import { once } from 'node:events';
import { JOINED_SOCKET } from '@spt-flow/tunnel/join-socket';
import { createServer, type Server, type Socket } from 'node:net';
import { CliError, EXIT } from '../core/errors.ts';
import type { LocalForward } from './forward-spec.ts';

const LOOPBACK = '127.0.0.1';
const LOOPBACK_V6 = '::1';

export interface LocalListener {
  readonly address: string;
  readonly port: number;
  close(): void;
}

/** listenLocally opens the port of a forward on this machine; CliError when it is taken. */
export async function listenLocally(
  { bind, localPort }: LocalForward,
  onConnection: (socket: Socket) => void,
): Promise<LocalListener> {
  const address = bind ?? LOOPBACK;
  const server = await listenAt(address, localPort, onConnection);
  const port = portOf(server);
  // Browsers try either address of localhost; without the second the first has to do.
  const second =
    bind === undefined
      ? await listenAt(LOOPBACK_V6, port, onConnection).catch(() => undefined)
      : undefined;
  return {
    ...{ address, port },
    close() {
      server.close();
      second?.close();
    },
  };
}

async function listenAt(
  host: string,
  port: number,
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer(
    { ...JOINED_SOCKET, allowHalfOpen: true, noDelay: true },
    onConnection,
  );
  server.listen({ host, port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new CliError({
      what: `Port ${port} of this machine cannot be used: ${reasonOf(cause)}`,
      safe: 'Nothing was forwarded',
      command: 'spt-flow port-forward <workspace> -L <another port>:<port>',
      exitCode: EXIT.failure,
      cause,
    });
  }
  // A connection that can't be accepted, e.g. for lack of descriptors, is its maker's loss.
  server.on('error', () => undefined);
  return server;
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') return 'another program has it';
  if (code === 'EACCES') return 'this account may not';
  return cause instanceof Error ? cause.message : String(cause);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
