import { withEnds } from './harness/ends.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric, type Metric } from './harness/metric.ts';
import { compileNative, openOften, startSink } from './harness/native.ts';
import { startNodeRelays } from './harness/node-relay.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { startReverseSsh } from './harness/reverse-ssh.ts';
import { quartiles } from './harness/statistics.ts';
import { startProductTunnel } from './harness/tunnel-path.ts';

const PAIRS = 7;
/** What opening costs `ssh -R` is a timer of the system, so that few say it. */
const OPENED_BY_SSH = 15;
/** Long enough for the clock that tells who used the machine. */
const OPENED = 2_000;

/** From connecting to the first byte back, which the target behind the tunnel echoes. */
await runBench('stream-open', () =>
  withEnds(async (keep) => {
    await compileNative();
    const sink = await keep(startSink());
    const product = await keep(startProductTunnel({ targetPort: sink.port }));
    const peers = [
      {
        name: 'ssh -R',
        path: await keep(startReverseSsh({ targetPort: sink.port })),
        count: OPENED_BY_SSH,
        atMost: 0.05,
      },
      {
        name: 'two hops of node:net',
        path: await keep(startNodeRelays(sink.port)),
        count: OPENED,
        atMost: 3,
      },
    ];
    const median = async ({ port }: { port: number }, count: number) =>
      quartiles(await openOften(port, count)).median;
    const metrics: Metric[] = [];
    for (const { name, path, count, atMost } of peers) {
      progress(`Measuring against ${name}`);
      for (const warmed of [product, path]) await median(warmed, count);
      const pairs = await measurePairs(
        { product: () => median(product, OPENED), peer: () => median(path, count) },
        { pairs: PAIRS, disturbance: createDisturbance() },
      );
      metrics.push(
        toMetric(pairs, {
          metric: 'open-stream-p50',
          unit: 'µs',
          peer: name,
          goal: { of: 'ratio', by: 'median', atMost },
        }),
      );
    }
    return metrics;
  }),
);
