import { connect } from 'node:net';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import type { LocalAgentHub } from '../../../src/features/agents/index.ts';
import { createTransportPair } from '../../agents/inline-agent.ts';

interface TcpAgent {
  readonly tunnel: Tunnel;
  /** How many connections to the app it was asked for. */
  connections(): number;
}

/** attachTcpAgent is the agent's side of `tcp` with real sockets, over a real tunnel. */
export async function attachTcpAgent(hub: LocalAgentHub, workspaceId: string): Promise<TcpAgent> {
  let connections = 0;
  const { left, right } = createTransportPair();
  const tunnel = createTunnel({ transport: right, role: 'server' });
  tunnel.onStream((stream) => {
    const { head } = stream;
    if (typeof head !== 'object' || head === null || !('port' in head)) {
      return stream.respond({ ok: true });
    }
    connections += 1;
    serveConnection(stream, Number(head.port));
  });
  hub.attach(
    {
      sessionId: 's',
      agentId: 'a',
      workspaceId,
      organizationId: 'o',
      generation: 1,
      bootId: 'b',
      machineFingerprint: 'm',
    },
    createTunnel({ transport: left, role: 'client' }),
  );
  return { tunnel, connections: () => connections };
}

function serveConnection(stream: TunnelStream, port: number): void {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  let isConnected = false;
  socket.once('connect', () => {
    isConnected = true;
    stream.respond({ ok: true });
    stream.pipe(socket).pipe(stream);
  });
  socket.on('error', (error) => {
    if (isConnected || stream.destroyed) return stream.reset('internal', error.message);
    stream.respond({ ok: false, code: 'refused', message: error.message });
    stream.end();
  });
  stream.on('error', () => socket.destroy());
  stream.once('close', () => socket.destroy());
}
