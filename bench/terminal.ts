import { setTimeout as sleep } from 'node:timers/promises';
import { withEnds } from './harness/ends.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric, type Metric } from './harness/metric.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { openSshShell, openWebShell, type Shell } from './harness/shells.ts';
import { startSshServer } from './harness/ssh-server.ts';
import { quantile } from './harness/statistics.ts';
import { createProject, withSubject, workspaceOf } from './harness/subject.ts';

const KEYS = 200;
const KEY_INTERVAL_MS = 10;
const ECHO_PAIRS = 7;
const OUTPUT_PAIRS = 5;
const LINE = 'x'.repeat(63);
const LINES = 781_250;
/** A terminal ends each line with a carriage return too. */
const OUTPUT_BYTES = LINES * (LINE.length + 2);

/** A byte says that it is ready; keys come back as they are. */
const ECHO = 'stty raw -echo; printf r; exec cat';
/** Prints the text for each byte. */
const PRINT = `stty -echo -icanon min 1; printf r; while head -c 1 >/dev/null; do yes ${LINE} | head -n ${LINES}; done`;

type Open = (command: string) => Promise<Shell>;

/** Keys and output of a terminal in a page, against one of OpenSSH. */
await runBench('terminal', () =>
  withSubject((subject) =>
    withEnds(async (keep) => {
      const server = await keep(startSshServer());
      const workspaceId = workspaceOf(await createProject(subject, 'terminal'));
      const product: Open = (command) => openWebShell(subject, { workspaceId, command });
      const ssh: Open = (command) => openSshShell(server, command);
      return [...(await measureEcho({ product, ssh })), await measureOutput({ product, ssh })];
    }),
  ),
);

interface Sides {
  readonly product: Open;
  readonly ssh: Open;
}

async function measureEcho(sides: Sides): Promise<Metric[]> {
  return withEnds(async (keep) => {
    const product = await keep(start(sides.product, ECHO));
    const ssh = await keep(start(sides.ssh, ECHO));
    const metrics: Metric[] = [];
    for (const [name, share] of [
      ['echo-p50', 0.5],
      ['echo-p99', 0.99],
    ] as const) {
      progress(`Measuring ${name}`);
      const pairs = await measurePairs(
        { product: () => echoMs(product, share), peer: () => echoMs(ssh, share) },
        { pairs: ECHO_PAIRS, disturbance: createDisturbance() },
      );
      metrics.push(
        toMetric(pairs, {
          ...{ metric: name, unit: 'ms', peer: 'ssh -tt' },
          goal: { of: 'ratio', by: 'median', atMost: 2 },
        }),
      );
    }
    return metrics;
  });
}

async function echoMs(shell: Shell, share: number): Promise<number> {
  const latencies: number[] = [];
  for (let key = 0; key < KEYS; key += 1) {
    const typedMs = performance.now();
    shell.send('k');
    await shell.receive(1);
    latencies.push(performance.now() - typedMs);
    await sleep(KEY_INTERVAL_MS);
  }
  return quantile(
    latencies.sort((a, b) => a - b),
    share,
  );
}

async function measureOutput(sides: Sides): Promise<Metric> {
  progress('Measuring output');
  return withEnds(async (keep) => {
    const product = await keep(start(sides.product, PRINT));
    const ssh = await keep(start(sides.ssh, PRINT));
    for (const shell of [product, ssh]) await megabytesPerSecond(shell);
    const pairs = await measurePairs(
      { product: () => megabytesPerSecond(product), peer: () => megabytesPerSecond(ssh) },
      { pairs: OUTPUT_PAIRS, disturbance: createDisturbance() },
    );
    return toMetric(pairs, {
      ...{ metric: 'output', unit: 'MB/s', peer: 'ssh -tt' },
      goal: { of: 'ratio', by: 'median', atLeast: 0.75 },
    });
  });
}

async function megabytesPerSecond(shell: Shell): Promise<number> {
  const startedMs = performance.now();
  shell.send('g');
  await shell.receive(OUTPUT_BYTES);
  return OUTPUT_BYTES / 1_000 / (performance.now() - startedMs);
}

async function start(open: Open, command: string): Promise<Shell> {
  const shell = await open(command);
  await shell.receive(1);
  return shell;
}
