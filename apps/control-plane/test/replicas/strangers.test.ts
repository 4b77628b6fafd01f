import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { dialNodeSocket } from '@spt-flow/tunnel/websocket/node-socket';
import { connectWebSocket } from '@spt-flow/tunnel/websocket/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PEER_PATH, PEER_SUBPROTOCOL } from '../../src/features/replicas/peer-door.ts';
import { greetPeer, peerSecretOf } from '../../src/features/replicas/peer-handshake.ts';
import { useDatabases } from '../support/database.ts';
import { linked, SECRET_KEY, startReplica, type StagedReplica } from './replica-stage.ts';

const createDatabase = useDatabases();
let replica: StagedReplica;
let secondary: StagedReplica;

beforeAll(async () => {
  const { db } = await createDatabase();
  replica = await startReplica(db);
  secondary = await startReplica(db);
  await linked(replica, secondary);
});
afterAll(async () => {
  await secondary.close();
  await replica.close();
});

async function knock() {
  const connection = await connectWebSocket({
    ...{ dial: dialNodeSocket, timeoutMs: 5_000, protocol: PEER_SUBPROTOCOL },
    url: `ws://${replica.address}${PEER_PATH}`,
  });
  const port = createMessagePort(connection);
  const closed = new Promise<string>((resolve) => connection.onClose(resolve));
  connection.onClose((reason) => port.closed(reason));
  return { connection, port, closed };
}

function greeting(change: { secretKey?: string; to?: string } = {}) {
  const { secretKey = SECRET_KEY, to = replica.replicas.id } = change;
  return { secret: peerSecretOf(secretKey), from: randomUUID(), to };
}

/** What the door answers to raw bytes, until it closes. */
async function answerTo(bytes: Buffer): Promise<string> {
  const [host, port] = replica.address.split(':');
  const socket = connect({ host, port: Number(port) }).on('error', () => undefined);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

describe('a stranger at the door of the replicas', () => {
  it('gets nothing by HTTP, whatever it asks for', async () => {
    for (const path of ['/', PEER_PATH, '/api/v1/health', '/metrics', '/%2e%2e/replica'])
      expect((await fetch(`http://${replica.address}${path}`)).status).toBe(404);
    const head = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    expect(await answerTo(Buffer.from(`GET /agent HTTP/1.1\r\n${head}`))).toMatch(/ 404 /);
    expect(await answerTo(Buffer.from(`GET ${PEER_PATH} HTTP/1.1\r\n${head}`))).toMatch(/ 400 /);
  });

  it('is refused without the secret, and learns nothing that helps', async () => {
    const { port, closed } = await knock();

    await expect(greetPeer(port, greeting({ secretKey: 'guessed' }))).rejects.toThrow();
    await closed;
  });

  it('is refused where it means another replica: what was said there can not be passed on', async () => {
    const { port, closed } = await knock();

    await expect(greetPeer(port, greeting({ to: randomUUID() }))).rejects.toThrow();
    await closed;
  });

  it('gets nowhere with what it heard before', async () => {
    const first = await knock();
    const said: object[] = [];
    const recording = {
      next: first.port.next,
      send(message: object) {
        said.push(message);
        first.port.send(message);
      },
    };
    await greetPeer(recording, greeting());

    const { port, connection, closed } = await knock();
    for (const message of said) port.send(message);

    await closed;
    connection.close('done');
    first.connection.close('done');
  });

  it('gets its own proof back nowhere: each end has one of its own', async () => {
    const { port, closed } = await knock();
    port.send({
      from: randomUUID(),
      to: replica.replicas.id,
      nonce: 'A'.repeat(43),
      key: 'A'.repeat(43),
    });
    await port.next(5_000);
    port.send({ proof: 'A'.repeat(43) });

    await expect(port.next(5_000)).rejects.toMatchObject({ code: 'tunnel_closed' });
    await closed;
  });

  it('is cut off for huge, broken and early messages', async () => {
    for (const bad of [
      'x'.repeat(70_000),
      '{"from":',
      '[]',
      JSON.stringify({ from: 1, to: {}, nonce: null, key: [] }),
    ]) {
      const { connection, closed } = await knock();
      connection.sendText(bad);
      await closed;
    }
    const { connection, closed } = await knock();
    for (let sent = 0; sent < 4; sent += 1) connection.send([Buffer.alloc(64 * 1024)]);
    await closed;
  });

  it('does not come in with a link whose bytes it changes', async () => {
    const { port, connection, closed } = await knock();
    await greetPeer(port, greeting());

    connection.send([Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, 7)]);

    expect(await closed).toMatch(/tampered|lost|closed/i);
  });

  it('keeps nobody out who belongs here, and is nobody’s error', async () => {
    const crowd = await Promise.allSettled(Array.from({ length: 40 }, () => knock()));
    for (const outcome of crowd)
      if (outcome.status === 'fulfilled') outcome.value.connection.close('done');

    await vi.waitFor(() => linked(replica, secondary));
    expect(replica.errors).toEqual([]);
  });
});
