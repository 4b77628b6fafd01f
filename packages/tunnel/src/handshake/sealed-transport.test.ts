import { describe, expect, it } from 'vitest';
import { createMemoryEnd, exchange, settle } from '../../test/support/memory-transport.ts';
import { createTunnel } from '../session.ts';
import { SealedChannel } from './sealed-channel.ts';
import { sealTransport } from './sealed-transport.ts';

function channel(role: 'agent' | 'server'): SealedChannel {
  const sharedSecret = Buffer.alloc(32, 1);
  return new SealedChannel({ sharedSecret, transcriptHash: Buffer.alloc(32, 2), role });
}

function createTunnels() {
  const left = createMemoryEnd();
  const right = createMemoryEnd();
  const client = createTunnel({
    transport: sealTransport(left, channel('server')),
    role: 'client',
  });
  const server = createTunnel({
    transport: sealTransport(right, channel('agent')),
    role: 'server',
  });
  server.onStream((stream) => {
    stream.respond({ ok: true });
    stream.pipe(stream);
  });
  return { left, right, client, server };
}

describe('a tunnel over a sealed transport', () => {
  it('carries streams, of which nothing can be read on the way', async () => {
    const { left, right, client } = createTunnels();
    const seen: Buffer[] = [];
    const stream = client.open({ method: 'a secret method' });
    stream.end('a secret text');
    const received: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => received.push(chunk));
    for (let round = 0; round < 5; round += 1) {
      seen.push(...left.sent.map((message) => Buffer.from(message)));
      await exchange(left, right);
    }

    expect(Buffer.concat(received).toString()).toBe('a secret text');
    expect(Buffer.concat(seen).toString('latin1')).not.toContain('secret');
  });

  it('tells of all bytes that were allocated, at both ends', async () => {
    const told = { left: 0, right: 0 };
    const left = createMemoryEnd();
    const right = createMemoryEnd();
    const client = createTunnel({
      transport: sealTransport(left, channel('server'), (bytes) => (told.left += bytes)),
      role: 'client',
    });
    sealTransport(right, channel('agent'), (bytes) => (told.right += bytes)).onBytes(
      () => undefined,
    );
    client.open({ method: 'x' }).end(Buffer.alloc(100_000));

    await exchange(left, right);

    expect(told.left).toBeGreaterThan(100_000);
    expect(told.right).toBeGreaterThan(100_000);
  });

  it('carries streams over a transport that cuts its bytes anywhere', async () => {
    const { left, right, client } = createTunnels();
    const sent = Buffer.alloc(200_000, 'of many bytes ');
    const stream = client.open({ method: 'x' });
    stream.end(sent);
    const received: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => received.push(chunk));
    const ended = new Promise((resolve) => stream.once('end', resolve));
    for (const end of [left, right]) {
      const deliver = end.receive;
      end.receive = (chunk) => {
        for (let offset = 0; offset < chunk.length; offset += 997)
          deliver(chunk.subarray(offset, offset + 997));
      };
    }

    await exchange(left, right);
    await ended;

    expect(Buffer.concat(received).equals(sent)).toBe(true);
  });

  it.each([
    ['length', 0],
    ['content', 4],
    ['seal', -1],
  ])('ends at the first message whose %s was changed', async (_part, index) => {
    const { left, right, client } = createTunnels();
    await exchange(left, right);
    client.open({ method: 'x' });
    await settle();
    const message = Buffer.from(left.sent.shift() ?? []);
    const at = (index + message.length) % message.length;
    message[at] = (message[at] ?? 0) ^ 1;

    right.receive(message);

    expect(right.closedWith).toEqual(['tampered']);
  });
});
