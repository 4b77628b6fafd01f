import { once } from 'node:events';
import { createServer } from 'node:http';
import type { UpgradeHandler } from '../lib/upgrade-router.ts';

const LOOPBACK = '127.0.0.1';
const COVERS_LOOPBACK = [LOOPBACK, 'localhost', '0.0.0.0', '::'];

/** needsOwnListener: agents on this machine dial loopback without TLS, whatever people dial. */
export function needsOwnListener(config: { host: string; tls: unknown }): boolean {
  return config.tls !== undefined || !COVERS_LOOPBACK.includes(config.host);
}

/** listenForLocalAgents serves the agents' upgrade on loopback, and nothing else. */
export async function listenForLocalAgents(
  port: number,
  route: UpgradeHandler,
): Promise<{ close(): Promise<void> }> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.on('upgrade', route);
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return {
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
