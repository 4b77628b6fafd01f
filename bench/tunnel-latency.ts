import { withEnds } from './harness/ends.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric, type Metric } from './harness/metric.ts';
import { compileNative, ping, startBulk, startSink } from './harness/native.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { startReverseSsh } from './harness/reverse-ssh.ts';
import { quantile } from './harness/statistics.ts';
import { startProductTunnel } from './harness/tunnel-path.ts';

const PAIRS = 7;
/** Long enough for the clock that tells who used the machine. */
const PINGS = { idle: 10_000, bulk: 2_000 } as const;

const GATES = [
  { name: 'idle-p50', load: 'idle', share: 0.5, atMost: 1.2 },
  { name: 'idle-p99', load: 'idle', share: 0.99, atMost: 2.5 },
  { name: 'under-bulk-p50', load: 'bulk', share: 0.5, atMost: 1 },
  { name: 'under-bulk-p99', load: 'bulk', share: 0.99, atMost: 2 },
] as const;

/** One byte there and back, on a quiet tunnel and beside a stream that sends all it can. */
await runBench('tunnel-latency', () =>
  withEnds(async (keep) => {
    await compileNative();
    const sink = await keep(startSink());
    const ssh = await keep(startReverseSsh({ targetPort: sink.port }));
    const product = await keep(startProductTunnel({ targetPort: sink.port }));
    for (const { port } of [product, ssh, product]) await ping(port, PINGS.idle);
    const metrics: Metric[] = [];
    for (const { name, load, share, atMost } of GATES) {
      progress(`Measuring ${name}`);
      const latency = load === 'idle' ? ping : pingUnderBulk;
      const through = async ({ port }: { port: number }) => {
        const latencies = await latency(port, PINGS[load]);
        return quantile(
          latencies.sort((a, b) => a - b),
          share,
        );
      };
      const pairs = await measurePairs(
        { product: () => through(product), peer: () => through(ssh) },
        { pairs: PAIRS, disturbance: createDisturbance() },
      );
      metrics.push(
        toMetric(pairs, {
          metric: name,
          unit: 'µs',
          peer: 'ssh -R',
          goal: { of: 'ratio', by: 'median', atMost },
        }),
      );
    }
    return metrics;
  }),
);

function pingUnderBulk(port: number, count: number): Promise<number[]> {
  return withEnds(async (keep) => {
    await keep(Promise.resolve(startBulk(port)));
    return ping(port, count);
  });
}
