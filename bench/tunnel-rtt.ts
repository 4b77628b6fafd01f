import { withEnds } from './harness/ends.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric, type Metric } from './harness/metric.ts';
import { compileNative, startDelay, startSink, transfer } from './harness/native.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { startReverseSsh } from './harness/reverse-ssh.ts';
import { startProductTunnel } from './harness/tunnel-path.ts';

const MIB = 1024 * 1024;
const TRANSFER_BYTES = 64 * MIB;
const PAIRS = 5;
/** 50 ms there and back; the relay holds more than either side has under way. */
const DELAY = { delayMs: 25, queueBytes: 32 * MIB };

/** Bulk between two places that are 50 ms apart: only windows that follow the delay fill such a path. */
await runBench('tunnel-rtt', () =>
  withEnds(async (keep) => {
    await compileNative();
    const sink = await keep(startSink());
    const via = (port: number) => startDelay(port, DELAY);
    const ssh = await keep(startReverseSsh({ targetPort: sink.port, via }));
    const product = await keep(startProductTunnel({ targetPort: sink.port, via }));
    const metrics: Metric[] = [];
    for (const direction of ['down', 'up'] as const) {
      progress(`Measuring ${direction}`);
      const through = ({ port }: { port: number }) =>
        transfer(port, { direction, bytes: TRANSFER_BYTES });
      const pairs = await measurePairs(
        { product: () => through(product), peer: () => through(ssh) },
        { pairs: PAIRS, disturbance: createDisturbance() },
      );
      metrics.push(
        toMetric(pairs, {
          metric: `50-ms-${direction}`,
          unit: 'MiB/s',
          peer: 'ssh -R',
          goal: { of: 'ratio', by: 'median', atLeast: 1 },
        }),
      );
    }
    return metrics;
  }),
);
