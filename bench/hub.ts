import { setTimeout as sleep } from 'node:timers/promises';
import { prepareEnrolment } from './harness/enrolment.ts';
import { startFleet } from './harness/fleet.ts';
import { inspect, inspectorOptions, type Inspector } from './harness/inspector.ts';
import { toMetric, type Metric, type Pair } from './harness/metric.ts';
import { startPeer } from './harness/peer.ts';
import { memoryOf, processSeconds, treeSeconds } from './harness/proc.ts';
import { freePort } from '../e2e/harness/free-port.ts';
import { pinTo, progress, runBench } from './harness/program.ts';
import { withSubject } from './harness/subject.ts';

/** Servers share one core, their clients the other. */
const SERVER_CORE = 0;
const CLIENT_CORE = 1;
const AGENTS = 10_000;
/** A process may hold 20,000 descriptors where nobody raised the limit. */
const PROCESSES = 4;
const JOIN_PATIENCE_MS = 180_000;
const SETTLE_MS = 15_000;
const WINDOWS = 4;
const WINDOW_MS = 16_250;
const PEER = 'bare ws';

/** Agents that do what idle agents do, against connections of bare ws with as many messages. */
await runBench('hub', async () => {
  const ports = { product: await freePort(), peer: await freePort() };
  return withSubject(
    async (subject) => {
      progress('Preparing workspaces and tokens');
      const { tokens, serverKey } = await prepareEnrolment(subject, AGENTS);
      const peer = await startPeer('ws-hub', SERVER_CORE, { env: inspectorOptions(ports.peer) });
      const sides = {
        product: await observe(subject.product.pid, ports.product),
        peer: await observe(peer.pid, ports.peer),
      };
      pinTo(CLIENT_CORE);
      progress('Connecting');
      const each = AGENTS / PROCESSES;
      const fleet = startFleet(
        Array.from({ length: PROCESSES }, (_, index) => ({
          type: 'agents',
          url: subject.product.origin.replace('localhost', '127.0.0.1'),
          serverKey,
          tokens: tokens.slice(index * each, (index + 1) * each),
        })),
        CLIENT_CORE,
      );
      await fleet.untilConnected(AGENTS, JOIN_PATIENCE_MS);
      const bare = startFleet(
        Array.from({ length: PROCESSES }, () => ({
          type: 'bare',
          url: peer.url.href.replace('http', 'ws'),
          count: each,
        })),
        CLIENT_CORE,
      );
      await bare.untilConnected(AGENTS, JOIN_PATIENCE_MS);
      try {
        return await measure(sides);
      } finally {
        await Promise.all([fleet.stop(), bare.stop()]);
        await peer.stop();
      }
    },
    { core: SERVER_CORE, env: inspectorOptions(ports.product) },
  );
});

interface Observed {
  readonly pid: number;
  readonly inspector: Inspector;
  readonly emptyBytes: number;
}

async function observe(pid: number, port: number): Promise<Observed> {
  const inspector = await inspect(port);
  await inspector.collectGarbage();
  return { pid, inspector, emptyBytes: memoryOf(pid).rssBytes };
}

async function measure(sides: { product: Observed; peer: Observed }): Promise<Metric[]> {
  progress('Settling');
  await sleep(SETTLE_MS);
  const memory = { product: await kibPerAgent(sides.product), peer: await kibPerAgent(sides.peer) };
  await sides.product.inspector.watchStalls();
  await sides.peer.inspector.watchStalls();
  progress('Measuring');
  const own: Pair[] = [];
  const withDatabase: Pair[] = [];
  for (let window = 0; window < WINDOWS; window++) {
    const before = readTimes(sides);
    await sleep(WINDOW_MS);
    const after = readTimes(sides);
    const percent = (name: keyof typeof after) =>
      ((after[name] - before[name]) / WINDOW_MS) * 100_000;
    own.push({ product: percent('product'), peer: percent('peer') });
    withDatabase.push({ product: percent('productTree'), peer: percent('peer') });
  }
  const stalls = {
    product: await sides.product.inspector.worstStallMs(),
    peer: await sides.peer.inspector.worstStallMs(),
  };
  return [
    toMetric([memory], {
      metric: 'memory-per-agent',
      unit: 'KiB',
      peer: PEER,
      goal: { of: 'ratio', atMost: 3 },
    }),
    toMetric(own, {
      metric: 'idle-processor',
      unit: '% of a core',
      peer: PEER,
      goal: { of: 'ratio', atMost: 2 },
    }),
    toMetric(withDatabase, {
      metric: 'idle-processor-with-database',
      unit: '% of a core',
      peer: PEER,
      goal: { of: 'value', atMost: 10 },
    }),
    toMetric([stalls], {
      metric: 'worst-stall',
      unit: 'ms',
      peer: PEER,
      goal: { of: 'value', atMost: 50 },
    }),
  ];
}

function readTimes({ product, peer }: { product: Observed; peer: Observed }) {
  return {
    product: processSeconds(product.pid),
    productTree: treeSeconds(product.pid),
    peer: processSeconds(peer.pid),
  };
}

async function kibPerAgent({ pid, inspector, emptyBytes }: Observed): Promise<number> {
  await inspector.collectGarbage();
  return (memoryOf(pid).rssBytes - emptyBytes) / AGENTS / 1024;
}
