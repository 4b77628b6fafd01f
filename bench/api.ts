import { createAdmin } from '../e2e/harness/admin.ts';
import { startFresh } from '../e2e/harness/product.ts';
import { loadHttp } from './harness/http-load.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric, type Metric, type Pair } from './harness/metric.ts';
import { startPeer } from './harness/peer.ts';
import { createDisturbance, treeSeconds } from './harness/proc.ts';
import { pinTo, progress, runBench } from './harness/program.ts';
import { quartiles } from './harness/statistics.ts';

/** Servers share one core, the load has the other. */
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const WARM_UP_MS = 2_000;
const SEGMENT_MS = 1_500;
const PAIRS = 7;
const CONNECTIONS = 16;
/** Below this distance from the load generator's own limit the generator would be what is measured. */
const NEEDED_HEADROOM = 3;
const PEER = 'bare Fastify + Zod';

interface Target {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly pid: number;
}

await runBench('api', async () => {
  const product = await startFresh({ core: SERVER_CORE });
  const peer = await startPeer('fastify-zod', SERVER_CORE);
  try {
    const { token } = await createAdmin(product);
    const headers = { authorization: `Bearer ${token}` };
    return await measure({
      product: { url: new URL('/api/v1/auth/me', product.origin), headers, pid: product.pid },
      peer: { url: peer.url, headers, pid: peer.pid },
    });
  } finally {
    await peer.stop();
    await product.stop();
  }
});

async function measure(targets: { product: Target; peer: Target }): Promise<Metric[]> {
  pinTo(LOAD_CORE);
  progress('Warming up');
  await load(targets.product, CONNECTIONS, WARM_UP_MS);
  await load(targets.peer, CONNECTIONS, WARM_UP_MS);
  progress('Measuring throughput');
  const throughput = await pairsOf(targets, async (target) => {
    const { requestsPerSecond } = await load(target, CONNECTIONS, SEGMENT_MS);
    return requestsPerSecond;
  });
  await assertHeadroom(quartiles(throughput.map((pair) => pair.product)).median);
  progress('Measuring processor time');
  const processorTime = await pairsOf(targets, processorTimeOf);
  progress('Measuring latency');
  const latency = await pairsOf(targets, async (target) => {
    const { latenciesMs } = await load(target, 1, SEGMENT_MS);
    return quartiles(latenciesMs).median;
  });
  return [
    toMetric(throughput, {
      metric: 'requests',
      unit: '1/s',
      peer: PEER,
      goal: { of: 'ratio', atLeast: 0.65 },
    }),
    toMetric(processorTime, {
      metric: 'processor-time',
      unit: 's per 10,000',
      peer: PEER,
      goal: { of: 'ratio', atMost: 1.6 },
    }),
    toMetric(latency, {
      metric: 'latency-median',
      unit: 'ms',
      peer: PEER,
      goal: { of: 'value', atMost: 5 },
    }),
  ];
}

/** Seconds for ten thousand requests, with the database of the product included. */
async function processorTimeOf(target: Target): Promise<number> {
  const before = treeSeconds(target.pid);
  const { latenciesMs } = await load(target, CONNECTIONS, SEGMENT_MS);
  return ((treeSeconds(target.pid) - before) / latenciesMs.length) * 10_000;
}

function pairsOf(
  targets: { product: Target; peer: Target },
  side: (target: Target) => Promise<number>,
): Promise<Pair[]> {
  const sides = { product: () => side(targets.product), peer: () => side(targets.peer) };
  return measurePairs(sides, { pairs: PAIRS, disturbance: createDisturbance() });
}

function load(target: Target, connections: number, durationMs: number) {
  return loadHttp({ ...target, connections, durationMs });
}

async function assertHeadroom(measured: number): Promise<void> {
  const ceiling = await startPeer('fixed-answer', SERVER_CORE);
  try {
    const { requestsPerSecond } = await loadHttp({
      url: ceiling.url,
      headers: {},
      connections: CONNECTIONS,
      durationMs: SEGMENT_MS,
    });
    if (requestsPerSecond < measured * NEEDED_HEADROOM) {
      throw new Error(
        `The load generator reaches only ${Math.round(requestsPerSecond)} requests per second`,
      );
    }
  } finally {
    await ceiling.stop();
  }
}
