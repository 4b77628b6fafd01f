import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { createEventLog } from '../apps/control-plane/src/features/live/event-log-repository.ts';
import { withDatabase } from '../e2e/faults/support/stranger.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric, type Metric } from './harness/metric.ts';
import { startPeer } from './harness/peer.ts';
import { createDisturbance } from './harness/proc.ts';
import { pinTo, progress, runBench } from './harness/program.ts';
import { openBareLive } from './harness/sockets.ts';
import { quantile } from './harness/statistics.ts';
import { withSubject } from './harness/subject.ts';

const SERVER_CORE = 0;
const CLIENT_CORE = 1;
const SUBSCRIBERS = 1_000;
const PAIRS = 12;
const WARM_UPS = 10;
const PAUSE_MS = 200;
const PAYLOAD_BYTES = 256;
const PEER = 'raw net';

/** One send that reaches all; resolves with the milliseconds that 99 of 100 waited at most. */
type Send = () => Promise<number>;

/** From storing one event to each of its subscribers, against bytes that a bare server passes on. */
await runBench('fanout', () =>
  withSubject(
    async (subject) => {
      pinTo(CLIENT_CORE);
      progress('Connecting');
      const me = await subject.api.call(authRoutes.me, {});
      const topic = `organization:${me.organization.id}`;
      const arrivals = createArrivals();
      const lives: Socket[] = [];
      for (let count = 0; count < SUBSCRIBERS; count++)
        lives.push(await openBareLive(subject, topic, arrivals.count));
      const peer = await startPeer('net-fanout', SERVER_CORE);
      const { sender, receivers } = await connectRaw(Number(peer.url.port), arrivals.count);
      try {
        return await withDatabase(subject.product.dataDirectory, async (db) => {
          const log = createEventLog(db);
          const text = 'x'.repeat(PAYLOAD_BYTES);
          const event = () => ({ type: 'message.delta', messageId: randomUUID(), text }) as const;
          const payload = Buffer.alloc(PAYLOAD_BYTES, 'x');
          return measure({
            product: () => arrivals.after(() => log.append(topic, event())),
            peer: () => arrivals.after(() => sender.write(payload)),
          });
        });
      } finally {
        for (const socket of [...lives, sender, ...receivers]) socket.destroy();
        await peer.stop();
      }
    },
    { core: SERVER_CORE },
  ),
);

async function measure(sides: { product: Send; peer: Send }): Promise<Metric[]> {
  for (let count = 0; count < WARM_UPS; count++) {
    await sides.product();
    await sides.peer();
  }
  progress('Measuring');
  const paused = (send: Send) => () => sleep(PAUSE_MS).then(send);
  const pairs = await measurePairs(
    { product: paused(sides.product), peer: paused(sides.peer) },
    { pairs: PAIRS, disturbance: createDisturbance() },
  );
  const about = { metric: 'one-to-1000-p99', unit: 'ms', peer: PEER };
  return [
    toMetric(pairs, { ...about, goal: { of: 'value', atMost: 50 } }),
    toMetric(pairs, {
      ...about,
      metric: 'one-to-1000-p99-ratio',
      goal: { of: 'ratio', atMost: 1.5 },
    }),
  ];
}

function createArrivals() {
  let latencies: number[] = [];
  let startedMs = 0;
  let finish: () => void = () => undefined;
  return {
    count: () => {
      latencies.push(performance.now() - startedMs);
      if (latencies.length === SUBSCRIBERS) finish();
    },
    after: async (send: () => unknown) => {
      latencies = [];
      const all = new Promise<void>((resolve) => (finish = resolve));
      startedMs = performance.now();
      await send();
      await all;
      return quantile(latencies, 0.99);
    },
  };
}

async function connectRaw(
  port: number,
  onMessage: () => void,
): Promise<{ sender: Socket; receivers: Socket[] }> {
  const open = async () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return socket;
  };
  const receivers: Socket[] = [];
  for (let count = 0; count < SUBSCRIBERS; count++) {
    const socket = await open();
    // So short a message comes in one piece.
    socket.on('data', onMessage);
    receivers.push(socket);
  }
  return { sender: await open(), receivers };
}
