import { withEnds } from './harness/ends.ts';
import { freePort } from '../e2e/harness/free-port.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric, type Metric } from './harness/metric.ts';
import { compileNative, startSink, transfer } from './harness/native.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { startProductTunnel, startSecondReplica } from './harness/tunnel-path.ts';

const MIB = 1024 * 1024;
const TRANSFER_BYTES = 256 * MIB;
const PAIRS = 8;

/** Bulk through a replica that asks the one with the agent, against asking that one. */
await runBench('replicas', () =>
  withEnds(async (keep) => {
    await compileNative();
    const sink = await keep(startSink());
    const doorPort = await freePort();
    const direct = await keep(startProductTunnel({ targetPort: sink.port, doorPort }));
    const second = await keep(startSecondReplica({ doorPort, targetPort: sink.port }));
    const metrics: Metric[] = [];
    for (const direction of ['down', 'up'] as const) {
      progress(`Measuring ${direction}`);
      const through = ({ port }: { port: number }) =>
        transfer(port, { direction, bytes: TRANSFER_BYTES });
      for (const path of [second, direct, second]) await through(path);
      const pairs = await measurePairs(
        { product: () => through(second), peer: () => through(direct) },
        { pairs: PAIRS, disturbance: createDisturbance() },
      );
      metrics.push(
        toMetric(pairs, {
          metric: `second-replica-${direction}`,
          unit: 'MiB/s',
          peer: 'the replica with the agent',
          goal: { of: 'ratio', by: 'median', atLeast: 0.4 },
        }),
      );
    }
    return metrics;
  }),
);
