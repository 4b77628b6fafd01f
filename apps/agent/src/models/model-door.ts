import { once } from 'node:events';
import type { Server } from 'node:http';
import { AgentError, messageOf } from '../system/errors.ts';
import type { LocalExchange } from './carry-request.ts';

const LOOPBACK = '127.0.0.1';
const MAX_CONNECTIONS = 128;
/** Longer than clients keep idle connections, so that none is closed just when it is used again. */
const KEEP_ALIVE_MS = 75_000;

/** openModelDoor listens on the workspace's loopback; at another port when somebody took this one meanwhile. */
export async function openModelDoor(
  port: number,
  onRequest: (exchange: LocalExchange) => void,
): Promise<Server> {
  try {
    return await listenAt(port, onRequest);
  } catch (error) {
    if (port !== 0) return openModelDoor(0, onRequest);
    throw new AgentError('unavailable', messageOf(error), { cause: error });
  }
}

async function listenAt(
  port: number,
  onRequest: (exchange: LocalExchange) => void,
): Promise<Server> {
  // A fifteenth of the agent's start, for what most workspaces never use.
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => onRequest({ request, response }));
  server.maxConnections = MAX_CONNECTIONS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen({ host: LOOPBACK, port, exclusive: true });
  await once(server, 'listening');
  server.unref();
  return server;
}

export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
