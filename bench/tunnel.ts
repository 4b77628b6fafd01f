import { withEnds } from './harness/ends.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric, type Metric } from './harness/metric.ts';
import { compileNative, startSink, transfer, type Direction } from './harness/native.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { startReverseSsh } from './harness/reverse-ssh.ts';
import { quartiles } from './harness/statistics.ts';
import { startProductTunnel, type TunnelPath } from './harness/tunnel-path.ts';

const MIB = 1024 * 1024;
const TRANSFER_BYTES = 256 * MIB;
const PAIRS = 12;
/** Below this distance from the product the load would be what is measured. */
const NEEDED_HEADROOM = 2;

/** `down` goes from the user to the target behind the agent, `up` comes back from it. */
const GATES = [
  { name: 'plain', direction: 'down', atLeast: 1.25 },
  { name: 'plain', direction: 'up', atLeast: 0.75 },
  { name: 'tls', direction: 'down', atLeast: 0.9 },
  { name: 'tls', direction: 'up', atLeast: 0.6 },
] as const;

await runBench('tunnel', () =>
  withEnds(async (keep) => {
    await compileNative();
    const sink = await keep(startSink());
    const target = { targetPort: sink.port };
    const ssh = await keep(startReverseSsh(target));
    const plain = await keep(startProductTunnel(target));
    const tls = await keep(startProductTunnel({ ...target, tls: true }));
    const metrics: Metric[] = [];
    for (const { name, direction, atLeast } of GATES) {
      const product = name === 'tls' ? tls : plain;
      progress(`Measuring ${name} ${direction}`);
      const pairs = await measure({ product, ssh, sink }, direction);
      metrics.push(
        toMetric(pairs, {
          metric: `${name}-${direction}`,
          unit: 'MiB/s',
          peer: 'ssh -R',
          goal: { of: 'ratio', by: 'median', atLeast },
        }),
      );
    }
    return metrics;
  }),
);

interface Paths {
  readonly product: TunnelPath;
  readonly ssh: TunnelPath;
  readonly sink: TunnelPath;
}

async function measure({ product, ssh, sink }: Paths, direction: Direction) {
  const through = ({ port }: TunnelPath) => transfer(port, { direction, bytes: TRANSFER_BYTES });
  for (const path of [product, ssh, product, product]) await through(path);
  const pairs = await measurePairs(
    { product: () => through(product), peer: () => through(ssh) },
    { pairs: PAIRS, disturbance: createDisturbance() },
  );
  const ceiling = await through(sink);
  const reached = quartiles(pairs.map((pair) => pair.product)).median;
  if (ceiling < reached * NEEDED_HEADROOM) {
    throw new Error(`The load itself reaches only ${Math.round(ceiling)} MiB/s`);
  }
  return pairs;
}
