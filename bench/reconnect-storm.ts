import { setTimeout as sleep } from 'node:timers/promises';
import { createAdmin } from '../e2e/harness/admin.ts';
import { createDataDirectory, startProduct } from '../e2e/harness/product.ts';
import { prepareEnrolment } from './harness/enrolment.ts';
import { startFleet, type Fleet } from './harness/fleet.ts';
import type { FleetOrder } from './harness/fleet-messages.ts';
import { toMetric, type Pair } from './harness/metric.ts';
import { startPeer } from './harness/peer.ts';
import { freePort } from '../e2e/harness/free-port.ts';
import { progress, runBench } from './harness/program.ts';

const SERVER_CORE = 0;
const CLIENT_CORE = 1;
const AGENTS = 5_000;
const PROCESSES = 2;
const EACH = AGENTS / PROCESSES;
const ROUNDS = 3;
const JOIN_PATIENCE_MS = 180_000;
const RETURN_PATIENCE_MS = 60_000;
/** A connection this old counts as healthy: its agent starts with the shortest pauses again. */
const HEALTHY_MS = 11_000;

interface Side {
  readonly fleet: Fleet;
  /** Ends the server without a warning and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** From the end of the server to the last of its clients being back. */
await runBench('reconnect-storm', async () => {
  const sides = { product: await startProductSide(), peer: await startPeerSide() };
  try {
    const pairs: Pair[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      progress(`Round ${round + 1} of ${ROUNDS}`);
      await sleep(HEALTHY_MS);
      const product = await storm(sides.product);
      pairs.push({ product, peer: await storm(sides.peer) });
    }
    const lost = sides.product.fleet.lost;
    const about = { peer: 'bare ws' };
    return [
      toMetric(pairs, {
        ...about,
        metric: 'all-back',
        unit: 's',
        goal: { of: 'value', atMost: 30 },
      }),
      toMetric([{ product: lost, peer: 1 }], {
        ...about,
        metric: 'refused-for-good',
        unit: 'agents',
        goal: { of: 'value', atMost: 0 },
      }),
    ];
  } finally {
    await sides.product.stop();
    await sides.peer.stop();
  }
});

async function storm({ fleet, restart }: Side): Promise<number> {
  const startedMs = performance.now();
  await restart();
  await fleet.untilConnected(AGENTS, RETURN_PATIENCE_MS);
  return (performance.now() - startedMs) / 1_000;
}

async function startProductSide(): Promise<Side> {
  const data = await createDataDirectory();
  const options = { dataDirectory: data.path, port: await freePort(), core: SERVER_CORE };
  let product = await startProduct(options);
  progress('Preparing workspaces and tokens');
  const subject = { product, ...(await createAdmin(product)) };
  const { tokens, serverKey } = await prepareEnrolment(subject, AGENTS);
  const url = `http://127.0.0.1:${options.port}`;
  progress('Connecting');
  const fleet = await connect((index) => ({
    type: 'agents',
    ...{ url, serverKey },
    tokens: tokens.slice(index * EACH, (index + 1) * EACH),
  }));
  return {
    fleet,
    restart: async () => {
      await product.kill();
      product = await startProduct(options);
    },
    stop: async () => {
      await fleet.stop();
      await product.stop();
      await data.remove();
    },
  };
}

async function startPeerSide(): Promise<Side> {
  const port = await freePort();
  let peer = await startPeer('ws-hub', SERVER_CORE, { port });
  const url = `ws://127.0.0.1:${port}/`;
  const fleet = await connect(() => ({ type: 'bare', url, count: EACH }));
  return {
    fleet,
    restart: async () => {
      await peer.kill();
      peer = await startPeer('ws-hub', SERVER_CORE, { port });
    },
    stop: async () => {
      await fleet.stop();
      await peer.stop();
    },
  };
}

async function connect(orderOf: (index: number) => FleetOrder): Promise<Fleet> {
  const fleet = startFleet(
    Array.from({ length: PROCESSES }, (_, index) => orderOf(index)),
    CLIENT_CORE,
  );
  await fleet.untilConnected(AGENTS, JOIN_PATIENCE_MS);
  return fleet;
}
