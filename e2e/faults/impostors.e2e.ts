import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import {
  AGENT_CONNECT_PATH,
  AGENT_SUBPROTOCOL,
  PROTOCOL_VERSION,
} from '@spt-flow/shared/agent-protocol/handshake';
import {
  createProject,
  runInWorkspace,
  startRunning,
  type Running,
  type RunningProject,
} from './support/running-product.ts';
import { nextMessage, openSocket } from './support/sockets.ts';

let running: Running;
let shop: RunningProject;

beforeAll(async () => {
  running = await startRunning();
  shop = await createProject(running, { name: 'Shop' });
});

afterAll(() => running.close());

async function dial(protocols = [AGENT_SUBPROTOCOL]): Promise<WebSocket | number> {
  return openSocket(running.product.origin + AGENT_CONNECT_PATH, { protocols });
}

async function connected(): Promise<WebSocket> {
  const socket = await dial();
  if (typeof socket === 'number') throw new Error(`Refused with ${socket}`);
  return socket;
}

function bytes(count: number): string {
  return randomBytes(count).toString('base64url');
}

const common = {
  clientNonce: bytes(32),
  publicKey: Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    randomBytes(32),
  ]).toString('base64url'),
  channelBinding: 'none',
  bootId: randomUUID(),
  machineFingerprint: bytes(32),
  agentVersion: '0.1.0',
  protocolVersion: PROTOCOL_VERSION,
  capabilities: [],
};

const enrolment = {
  type: 'hello',
  mode: 'enrol',
  tokenId: bytes(32),
  ...common,
};

const sign = { type: 'proof', signature: bytes(64) };

/** Every message but a challenge; ends when the control plane has closed the connection. */
async function untilClosed(socket: WebSocket): Promise<unknown[]> {
  const heard: unknown[] = [];
  socket.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString())));
  await once(socket, 'close');
  return heard;
}

function expectNoWelcome(heard: readonly unknown[]): void {
  expect(heard.filter((message) => JSON.stringify(message).includes('welcome'))).toEqual([]);
}

describe('somebody who claims to be an agent', () => {
  it('is not even heard without the protocol', async () => {
    expect(await dial([])).toBe(400);
    expect(await dial(['something.else'])).toBe(400);
  });

  it.each([
    ['an identity that nobody has', { mode: 'auth', agentId: randomUUID() }],
    ['the identity of a workspace', { mode: 'auth', agentId: 'workspace' }],
  ])('is refused with %s', async (_case, { mode, agentId }) => {
    const socket = await connected();
    const closed = untilClosed(socket);
    socket.send(
      JSON.stringify({
        type: 'hello',
        mode,
        agentId: agentId === 'workspace' ? shop.workspaceId : agentId,
        workspaceId: shop.workspaceId,
        generation: 0,
        joinStateHash: bytes(32),
        ...common,
      }),
    );
    socket.send(JSON.stringify(sign));

    expectNoWelcome(await closed);
  });

  it.each([
    ['a token that was guessed', { ...sign, token: `sptf_join_${'x'.repeat(43)}` }],
    ['no token', sign],
  ])('is refused with %s', async (_case, proof) => {
    const socket = await connected();
    socket.send(JSON.stringify(enrolment));
    expect(await nextMessage(socket)).toMatchObject({ type: 'challenge' });
    const closed = untilClosed(socket);

    socket.send(JSON.stringify(proof));

    const heard = await closed;
    expectNoWelcome(heard);
    expect(heard).toMatchObject([{ type: 'refused' }]);
  });

  it('is refused with the proof of another connection', async () => {
    const [first, second] = [await connected(), await connected()];
    for (const socket of [first, second]) {
      socket.send(JSON.stringify(enrolment));
      expect(await nextMessage(socket)).toMatchObject({ type: 'challenge' });
    }
    const closed = [untilClosed(first), untilClosed(second)];

    for (const socket of [first, second]) socket.send(JSON.stringify(sign));

    for (const heard of await Promise.all(closed)) expectNoWelcome(heard);
  });

  it.each([
    ['no JSON', 'hello?'],
    ['another message first', JSON.stringify(sign)],
    ['bytes', randomBytes(64)],
    ['a version that nobody knows', JSON.stringify({ ...enrolment, protocolVersion: 999 })],
    ['too many capabilities', JSON.stringify({ ...enrolment, capabilities: Array(65).fill('x') })],
    ['a hello of 900 kB', JSON.stringify({ ...enrolment, agentVersion: 'x'.repeat(900_000) })],
    ['a hello of 40 MB', JSON.stringify({ ...enrolment, agentVersion: 'x'.repeat(40_000_000) })],
  ])('is refused with %s', async (_case, message) => {
    const socket = await connected();
    socket.on('error', () => undefined);
    const closed = untilClosed(socket);

    socket.send(message);

    expectNoWelcome(await closed);
  });

  it('is sent away when they say nothing', async () => {
    const silent = await Promise.all(Array.from({ length: 20 }, connected));

    for (const heard of await Promise.all(silent.map(untilClosed))) expectNoWelcome(heard);
  });

  it('keeps no workspace from its work', async () => {
    const { stdout } = await runInWorkspace(running, shop.workspaceId, 'echo here');
    expect(stdout).toBe('here\n');
    const { agent } = await running.api.call(workspaceRoutes.get, {
      params: { handle: shop.workspaceId },
    });
    expect(agent.online).toBe(true);
  });
});
