import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connection } from '@spt-flow/tunnel/connection';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { sealTransport } from '@spt-flow/tunnel/handshake/sealed-transport';
import { createTunnel } from '@spt-flow/tunnel/session';
import { TunnelError, type Tunnel } from '@spt-flow/tunnel/types';
import { acceptWebSocket } from '@spt-flow/tunnel/websocket/server';
import { WindowBudget } from '@spt-flow/tunnel/window-budget';
import { bytesRead } from '@spt-flow/tunnel/young-collections';
import { pathOf, refuseUpgrade } from '../../lib/upgrade-router.ts';
import { parsePeerAddress } from './peer-address.ts';
import { receivePeer, type PeerSecret } from './peer-handshake.ts';

export const PEER_PATH = '/replica';
export const PEER_SUBPROTOCOL = 'spt-flow-replica.v1';
export const PEER_TUNNEL = {
  /** Every terminal, request and forwarded connection that crosses replicas is one. */
  maxStreams: 65_536,
  /** Replicas are near each other: a larger one fills memory, which then has to be collected, not the path (ADR-120). */
  maxStreamWindowBytes: 1024 * 1024,
};
/** What all links together may hold for slow readers, beyond what every stream may. */
export const PEER_WINDOW_BYTES = 128 * 1024 * 1024;

/** Replicas are few; whoever else comes shall not take the memory of what matters. */
const MAX_CONNECTIONS = 64;
const MAX_HANDSHAKES = 16;
const HEAD_LIMIT_MS = 5_000;
const MAX_HEAD_BYTES = 4 * 1024;

export interface PeerDoorDeps {
  /** Of this replica. */
  readonly id: string;
  readonly address: string;
  readonly secret: PeerSecret;
  readonly onPeer: (from: string, tunnel: Tunnel) => void;
  readonly onError: (error: unknown) => void;
}

/** openPeerDoor lets other replicas in at the internal address; there is nothing else to be had there. */
export async function openPeerDoor(deps: PeerDoorDeps): Promise<{ close(): Promise<void> }> {
  const tunnels = new Set<Tunnel>();
  const windowBudget = new WindowBudget(PEER_WINDOW_BYTES);
  let handshakes = 0;
  const server = createServer(
    { headersTimeout: HEAD_LIMIT_MS, requestTimeout: HEAD_LIMIT_MS, maxHeaderSize: MAX_HEAD_BYTES },
    (_request, response) => response.writeHead(404, { connection: 'close' }).end(),
  );
  server.maxConnections = MAX_CONNECTIONS;

  async function admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (pathOf(request) !== PEER_PATH) return refuseUpgrade(socket, 404);
    if (handshakes >= MAX_HANDSHAKES) return refuseUpgrade(socket, 503);
    const connection = acceptWebSocket({ request, socket, head }, PEER_SUBPROTOCOL);
    if (!connection) return refuseUpgrade(socket, 400);
    handshakes += 1;
    const peer = await prove(connection).finally(() => (handshakes -= 1));
    if (!peer) return;
    const tunnel = createTunnel({
      transport: sealTransport(connection, peer.channel, bytesRead),
      ...{ role: 'server', windowBudget, ...PEER_TUNNEL },
    });
    tunnels.add(tunnel);
    void tunnel.closed.then(() => tunnels.delete(tunnel));
    deps.onPeer(peer.from, tunnel);
  }

  /** Undefined: a stranger, whose failure is nobody's error but its own. */
  async function prove(connection: Connection) {
    const port = createMessagePort(connection);
    connection.onClose((reason) => port.closed(reason));
    try {
      return await receivePeer(port, { secret: deps.secret, to: deps.id });
    } catch (error) {
      connection.forbid('refused');
      if (!(error instanceof TunnelError)) deps.onError(error);
      return undefined;
    }
  }

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => undefined);
    admit(request, socket, head).catch(deps.onError);
  });
  server.listen(parsePeerAddress(deps.address));
  await once(server, 'listening');
  return {
    async close() {
      server.close();
      for (const tunnel of tunnels) tunnel.close('shutting_down');
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
