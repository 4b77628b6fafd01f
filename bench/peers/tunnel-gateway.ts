import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import {
  AckSchema,
  AGENT_SUBPROTOCOL,
  HelloSchema,
  ProofSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import { runServerHandshake } from '@spt-flow/tunnel/handshake/server';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { acceptWebSocket, type Upgrade } from '@spt-flow/tunnel/websocket/server';
import { countReads } from '@spt-flow/tunnel/young-collections';
import { requestThrough } from '../../apps/control-plane/src/features/agents/connections/agent-connections.ts';
import { relayStream } from '../../apps/control-plane/src/features/agents/replicas/relay-stream.ts';
import { openPeerDoor } from '../../apps/control-plane/src/features/replicas/peer-door.ts';
import { createCertificate } from '../../packages/tunnel/src/testing/certificate.ts';
import { HandshakeRig, TOKEN } from '../../packages/tunnel/test/support/handshake-rig.ts';
import { HOLDER_ID, HOLDER_SECRET } from '../harness/holder.ts';

/**
 * The control plane's end of a tunnel and nothing else of it: takes in one agent at a time, and carries what connects to
 * its own port to a port of the agent's machine. Usage: tunnel-gateway TARGET_PORT [--ca FILE] [--door PORT]; with a file
 * it speaks TLS, at the door other replicas ask for the agent.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { ca: { type: 'string' }, door: { type: 'string' } },
});
const [targetPort] = positionals;
const caFile = values.ca;
const rig = new HandshakeRig(caFile === undefined ? 'none' : 'tls-exporter');
let tunnel: Tunnel | undefined;

async function admit(upgrade: Upgrade): Promise<void> {
  const transport = acceptWebSocket(upgrade, AGENT_SUBPROTOCOL);
  if (!transport) throw new Error('Somebody else than an agent has come');
  const port = createMessagePort(transport);
  transport.onClose((reason) => port.closed(reason));
  await runServerHandshake({
    ...rig.serverOptions(port),
    parse: {
      hello: (value) => HelloSchema.parse(value),
      proof: (value) => ProofSchema.parse(value),
      ack: (value) => AckSchema.parse(value),
    },
    runtime: {
      randomBytes,
      randomUuid: randomUUID,
      wallMs: Date.now,
      monotonicMs: () => performance.now(),
    },
    authority: upgrade.request.headers.host ?? '',
    channelBindingValue: transport.exportChannelBinding(),
    allowsUnbound: true,
  });
  tunnel = createTunnel({ transport, role: 'client' });
  const { stream } = await requestThrough(tunnel, { method: 'events' });
  stream.resume();
  process.stdout.write('connected\n');
}

async function carry(socket: Socket): Promise<void> {
  socket.on('error', () => socket.destroy());
  const { stream } = await requestThrough(tunnel, { method: 'tcp', port: Number(targetPort) });
  stream.on('error', () => socket.destroy());
  socket.on('close', () => stream.destroy());
  // In the product they come from a client's WebSocket, whose bytes are counted.
  countReads(socket);
  socket.pipe(stream).pipe(socket);
}

/** As the replica that holds the agent, without a database to find it by. */
async function openDoor(doorPort: string): Promise<void> {
  await openPeerDoor({
    ...{ id: HOLDER_ID, secret: HOLDER_SECRET, address: `127.0.0.1:${doorPort}` },
    onPeer: (_from, peer) =>
      peer.onStream((asked) => {
        if (tunnel) relayStream(asked, tunnel.open(asked.head));
        else asked.reset('agent_offline');
      }),
    onError: (error) => console.error(error),
  });
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function createAgentServer() {
  if (caFile === undefined) return createHttpServer();
  const certificate = createCertificate();
  writeFileSync(caFile, certificate.cert);
  return createHttpsServer(certificate);
}

const agents = createAgentServer();
agents.on('upgrade', (request, socket, head) => {
  socket.on('error', () => socket.destroy());
  void admit({ request, socket, head });
});
const users = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void carry(socket));
if (values.door !== undefined) await openDoor(values.door);
const settings = [await listen(agents), await listen(users), TOKEN, rig.serverKey.keyId];
process.stdout.write(`${settings.join('\n')}\n`);
