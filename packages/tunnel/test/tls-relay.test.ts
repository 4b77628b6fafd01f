import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentHandshakeOptions, runAgentHandshake } from '../src/handshake/agent.ts';
import type { ChannelBinding } from '../src/handshake/messages.ts';
import { runServerHandshake } from '../src/handshake/server.ts';
import { createMessagePort } from '../src/message-port.ts';
import { dialNodeSocket } from '../src/websocket/node-socket.ts';
import { sealTransport } from '../src/handshake/sealed-transport.ts';
import type { SealedChannel } from '../src/handshake/sealed-channel.ts';
import { createTunnel } from '../src/session.ts';
import type { Transport, Tunnel } from '../src/types.ts';
import { connectWebSocket } from '../src/websocket/client.ts';
import { createCertificate } from '../src/testing/certificate.ts';
import { HandshakeRig, TOKEN } from './support/handshake-rig.ts';
import { startTlsRelay, type TlsRelay } from './support/tls-relay.ts';
import { PROTOCOL, startTunnelServer, type TunnelServer } from './support/tunnel-server.ts';

const own = createCertificate();
const relays = createCertificate();
let server: TunnelServer;
let relay: TlsRelay;

beforeEach(async () => {
  server = await startTunnelServer(own);
  const port = Number(new URL(server.url).port);
  relay = await startTlsRelay({ certificate: relays, target: { port, ca: own.cert } });
});
afterEach(async () => {
  await relay.close();
  await server.close();
});

function seal(transport: Transport, sealing: SealedChannel | undefined): Transport {
  return sealing ? sealTransport(transport, sealing) : transport;
}

/** Both real ends over real TLS, directly or by the port of the relay, whose certificate the agent trusts too. */
async function join(
  rig: HandshakeRig,
  way: { port?: number; agent?: Partial<AgentHandshakeOptions> } = {},
): Promise<{ agent: Tunnel; controlPlane: Tunnel }> {
  const url = new URL(server.url);
  if (way.port) url.port = String(way.port);
  const ca = way.port ? relays.cert : own.cert;
  const dialling = { dial: dialNodeSocket, url: url.href, protocol: PROTOCOL, ca };
  const [{ connection: serverEnd }, agentEnd] = await Promise.all([
    server.next(),
    connectWebSocket({ ...dialling, timeoutMs: 5_000 }),
  ]);
  const ports = { agent: createMessagePort(agentEnd), server: createMessagePort(serverEnd) };
  const proven = runServerHandshake({
    ...rig.serverOptions(ports.server),
    channelBindingValue: serverEnd.exportChannelBinding(),
  });
  const welcome = runAgentHandshake({
    ...rig.agentOptions(ports.agent),
    channelBindingValue: agentEnd.exportChannelBinding(),
    ...way.agent,
  });
  welcome.catch(() => ports.server.closed('closed'));
  const [left, right] = await Promise.allSettled([proven, welcome]);
  if (right.status === 'rejected') throw right.reason;
  if (left.status === 'rejected') throw left.reason;
  return {
    controlPlane: createTunnel({ transport: seal(serverEnd, left.value.sealing), role: 'client' }),
    agent: createTunnel({ transport: seal(agentEnd, right.value.sealing), role: 'server' }),
  };
}

async function echo({ agent, controlPlane }: Awaited<ReturnType<typeof join>>): Promise<string> {
  agent.onStream((stream) => {
    stream.respond({ ok: true });
    stream.pipe(stream);
  });
  const stream = controlPlane.open({ method: 'a secret method' });
  stream.end('a secret text');
  return text(stream);
}

describe.each<ChannelBinding>(['tls-exporter', 'inner-kx'])('an agent with %s', (binding) => {
  it('joins and comes back over TLS to the control plane itself', async () => {
    const rig = new HandshakeRig(binding);

    expect(await echo(await join(rig))).toBe('a secret text');
    expect(await echo(await join(rig))).toBe('a secret text');
    expect(rig.record).toMatchObject({ ackedGeneration: 2, channelBinding: binding });
  });
});

describe('a relay that ends TLS with a certificate that the agent trusts', () => {
  it('is noticed by an agent with tls-exporter, which signs nothing and keeps its token', async () => {
    const rig = new HandshakeRig('tls-exporter');

    await expect(join(rig, { port: relay.port })).rejects.toMatchObject({
      code: 'server_not_trusted',
    });

    expect(rig.store.changes).toBe(0);
    expect(Buffer.concat(relay.seen).toString('latin1')).not.toContain(TOKEN);
  });

  it('is noticed by an agent that has joined, which stays unharmed', async () => {
    const rig = new HandshakeRig('tls-exporter');
    await join(rig);
    const { changes } = rig.store;

    await expect(join(rig, { port: relay.port })).rejects.toMatchObject({
      code: 'server_not_trusted',
    });

    expect(rig.store.changes).toBe(changes);
    expect(await echo(await join(rig))).toBe('a secret text');
  });

  it('learns nothing from an agent with inner-kx', async () => {
    const rig = new HandshakeRig('inner-kx');

    expect(await echo(await join(rig, { port: relay.port }))).toBe('a secret text');

    const seen = Buffer.concat(relay.seen).toString('latin1');
    expect(seen).toContain('keyExchange');
    expect(seen).not.toContain('secret');
  });

  it('changes nothing unnoticed on a tunnel with inner-kx', async () => {
    const rig = new HandshakeRig('inner-kx');
    const { controlPlane, agent } = await join(rig, { port: relay.port });
    relay.tamper = true;

    controlPlane.open({ method: 'exec' });

    expect(await agent.closed).toBe('tampered');
  });
});

describe('less binding than was agreed', () => {
  it('is refused by an agent whose connection has no exporter', async () => {
    const rig = new HandshakeRig('tls-exporter');
    await join(rig);

    await expect(join(rig, { agent: { channelBindingValue: undefined } })).rejects.toMatchObject({
      code: 'server_not_trusted',
    });
  });

  it('is refused by the control plane when an agent comes with it', async () => {
    const rig = new HandshakeRig('inner-kx');
    await join(rig);
    if (rig.disk) rig.disk = { ...rig.disk, channelBinding: 'tls-exporter' };

    await expect(join(rig)).rejects.toMatchObject({ code: 'refused' });
  });
});
