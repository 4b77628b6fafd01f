import { randomUUID } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { createTunnel } from '@spt-flow/tunnel/session';
import { serveForwards } from '../../src/features/port-forwards/forward-session.ts';
import { createTransportPair } from '../agents/inline-agent.ts';
import { unreadStream } from '../agents/unread-stream.ts';

it('hears of no more connections of a workspace than it can bring home at once', async () => {
  const { left, right } = createTransportPair();
  const client = createTunnel({ transport: left, role: 'client' });
  const notices = unreadStream();
  const pending: (() => void)[] = [];
  serveForwards({
    tunnel: createTunnel({ transport: right, role: 'server' }),
    ask: ({ method }) =>
      method === 'tcp.listen'
        ? Promise.resolve({ stream: notices, data: { port: 8080 } })
        : new Promise((_resolve, reject) => pending.push(() => reject(new Error('left')))),
    onListening: async () => undefined,
    onTraffic: () => undefined,
    onError: () => undefined,
  });
  await client.open({ type: 'listen', port: 0 }).response;

  for (let count = 0; count < 200; count += 1)
    notices.push(`${JSON.stringify({ connectionId: randomUUID() })}\n`);
  await vi.waitFor(() => expect(pending).toHaveLength(64), { timeout: 20_000 });
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  expect(pending).toHaveLength(64);

  pending[0]?.();
  await vi.waitFor(() => expect(pending).toHaveLength(65), { timeout: 20_000 });
  client.close('test is over');
});
