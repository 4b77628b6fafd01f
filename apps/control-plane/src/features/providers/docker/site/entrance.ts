import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import type { UpgradeHandler } from '../../../../lib/upgrade-router.ts';

export const ENTRANCE_SOCKET = 'agent.sock';
/** Of the kernel's address of a socket, without the final zero. */
const MAX_SOCKET_PATH_BYTES = 107;
/** An agent needs one and comes again after a loss; everything in the container may connect, and each takes a descriptor. */
const MAX_CONNECTIONS = 32;

/** Entrance is the only way from a container to the control plane: a socket for its agent's connection. */
export interface Entrance {
  close(): Promise<void>;
}

/**
 * openEntrance serves agents' upgrades, and nothing else, at a socket in a directory of the workspace's own. That is what
 * the container has mounted: the socket in it may come and go.
 */
export async function openEntrance(directory: string, route: UpgradeHandler): Promise<Entrance> {
  const socket = path.join(directory, ENTRANCE_SOCKET);
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH_BYTES)
    throw new Error(
      `The path of the data directory is too long for sockets of workspaces: "${socket}" has more than ${MAX_SOCKET_PATH_BYTES} bytes`,
    );
  await mkdir(directory, { recursive: true, mode: 0o711 });
  await rm(socket, { force: true });
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.maxConnections = MAX_CONNECTIONS;
  server.on('upgrade', route);
  // Accounts in containers are others than here; who may come in is decided by the agent's handshake.
  server.listen({ path: socket, readableAll: true, writableAll: true });
  await once(server, 'listening');
  return {
    async close() {
      server.close();
      server.closeAllConnections();
      await rm(socket, { force: true });
    },
  };
}
