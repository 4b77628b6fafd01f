import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { dialNodeSocket } from '@spt-flow/tunnel/websocket/node-socket';
import { sealTransport } from '@spt-flow/tunnel/handshake/sealed-transport';
import { createTunnel } from '@spt-flow/tunnel/session';
import { TunnelError, type Tunnel, type TunnelStream } from '@spt-flow/tunnel/types';
import { connectWebSocket } from '@spt-flow/tunnel/websocket/client';
import { WindowBudget } from '@spt-flow/tunnel/window-budget';
import { bytesRead } from '@spt-flow/tunnel/young-collections';
import { PEER_PATH, PEER_SUBPROTOCOL, PEER_TUNNEL, PEER_WINDOW_BYTES } from './peer-door.ts';
import { greetPeer, type PeerSecret } from './peer-handshake.ts';

const DIAL_LIMIT_MS = 5_000;

export interface PeerAt {
  readonly id: string;
  readonly address: string;
}

export interface PeerLinksDeps {
  readonly id: string;
  readonly secret: PeerSecret;
  readonly onLinked: (peerId: string) => void;
  readonly onError: (error: unknown) => void;
}

/** PeerLinks are the connections over which this replica asks the others; they ask over their own. */
export interface PeerLinks {
  /** Connects to those that are new or lost, lets go of all others. */
  keep(peers: readonly PeerAt[]): void;
  /** Throws TunnelError where there is no link. */
  open(peerId: string, head: unknown): TunnelStream;
  close(): void;
}

interface Link {
  readonly stop: AbortController;
  /** Undefined while it is dialled. */
  tunnel: Tunnel | undefined;
}

export function createPeerLinks(deps: PeerLinksDeps): PeerLinks {
  const links = new Map<string, Link>();
  const windowBudget = new WindowBudget(PEER_WINDOW_BYTES);

  async function connect({ id, address }: PeerAt, signal: AbortSignal): Promise<Tunnel> {
    const connection = await connectWebSocket({
      ...{ dial: dialNodeSocket, timeoutMs: DIAL_LIMIT_MS, signal, isSealed: true },
      ...{ url: `ws://${address}${PEER_PATH}`, protocol: PEER_SUBPROTOCOL },
    });
    const port = createMessagePort(connection);
    connection.onClose((reason) => port.closed(reason));
    try {
      const channel = await greetPeer(port, { secret: deps.secret, from: deps.id, to: id });
      const transport = sealTransport(connection, channel, bytesRead);
      return createTunnel({
        ...{ transport, role: 'client', windowBudget, ...PEER_TUNNEL },
      });
    } catch (error) {
      connection.close('refused');
      throw error;
    }
  }

  async function link(peer: PeerAt): Promise<void> {
    const link: Link = { stop: new AbortController(), tunnel: undefined };
    links.set(peer.id, link);
    const forget = () => {
      if (links.get(peer.id) === link) links.delete(peer.id);
    };
    try {
      const tunnel = await connect(peer, link.stop.signal);
      if (link.stop.signal.aborted) return tunnel.close('not_needed');
      link.tunnel = tunnel;
      void tunnel.closed.then(forget);
      deps.onLinked(peer.id);
    } catch (error) {
      forget();
      if (!(error instanceof TunnelError)) throw error;
    }
  }

  function drop(id: string, { stop, tunnel }: Link): void {
    links.delete(id);
    stop.abort();
    tunnel?.close('not_needed');
  }

  return {
    keep(peers) {
      const wanted = new Set(peers.map(({ id }) => id));
      for (const [id, known] of links) if (!wanted.has(id)) drop(id, known);
      // One that can't be reached is tried again the next time.
      for (const peer of peers) if (!links.has(peer.id)) link(peer).catch(deps.onError);
    },

    open(peerId, head) {
      const tunnel = links.get(peerId)?.tunnel;
      if (!tunnel) throw new TunnelError('tunnel_closed', 'The other replica can not be reached');
      return tunnel.open(head);
    },

    close() {
      for (const [id, known] of links) drop(id, known);
    },
  };
}
