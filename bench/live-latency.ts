import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { prepareEnrolment } from './harness/enrolment.ts';
import { startFleet } from './harness/fleet.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric } from './harness/metric.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { openLive } from './harness/sockets.ts';
import { quantile } from './harness/statistics.ts';
import { createProject, installApp, withSubject, workspaceOf } from './harness/subject.ts';

const PAIRS = 7;
const SEGMENT_MS = 3_000;
/** Others that report meanwhile. */
const AGENTS = 1_000;
const REPORT_INTERVAL_MS = 5_000;
const JOIN_PATIENCE_MS = 120_000;
const CLIENT_CORE = 1;
/** How often the app prints its clock; both sides print alike. */
const TICK_MS = 20;
const TICKER = `setInterval(() => console.log('tick ' + Date.now()), ${TICK_MS});`;
const APP = `import { createServer } from 'node:http';
createServer((_, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
${TICKER}
`;

/** From a line printed in one of 1,000 workspaces to the message in a client's socket, against a bare ws relay. */
await runBench('live-latency', () =>
  withSubject(async (subject) => {
    const project = await createProject(subject, 'live latency');
    await installApp(subject, project, APP);
    const live = await openLive(subject, `logs:${workspaceOf(project)}`);
    const product = createRecorder();
    live.onEvent((event, receivedAtMs) => {
      if (event.type === 'log') product.record(event.line.text, receivedAtMs);
    });
    const relay = await startRelay();
    progress('Connecting agents');
    const { tokens, serverKey } = await prepareEnrolment(subject, AGENTS);
    const url = subject.product.origin.replace('localhost', '127.0.0.1');
    const fleet = startFleet(
      [{ type: 'agents', ...{ url, serverKey, tokens }, lineIntervalMs: REPORT_INTERVAL_MS }],
      CLIENT_CORE,
    );
    await fleet.untilConnected(AGENTS, JOIN_PATIENCE_MS);
    progress('Measuring');
    const p99 = (latencies: number[]) =>
      quantile(
        latencies.sort((a, b) => a - b),
        0.99,
      );
    const pairs = await measurePairs(
      {
        product: async () => p99(await product.during(SEGMENT_MS)),
        peer: async () => p99(await relay.recorder.during(SEGMENT_MS)),
      },
      { pairs: PAIRS, disturbance: createDisturbance() },
    );
    await fleet.stop();
    await relay.stop();
    live.close();
    return [
      toMetric(pairs, {
        metric: 'line-to-socket-p99',
        unit: 'ms',
        peer: 'bare ws relay',
        goal: { of: 'value', atMost: 100 },
      }),
    ];
  }),
);

function createRecorder() {
  let latencies: number[] = [];
  return {
    record: (text: string, receivedAtMs: number) => {
      const printedAtMs = /^tick (\d+)/.exec(text)?.[1];
      if (printedAtMs) latencies.push(receivedAtMs - Number(printedAtMs));
    },
    during: async (durationMs: number) => {
      latencies = [];
      await sleep(durationMs);
      if (latencies.length === 0) throw new Error('Nothing arrived');
      return latencies;
    },
  };
}

async function startRelay() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The relay has no port');
  const client = new WebSocket(`ws://127.0.0.1:${address.port}`, { perMessageDeflate: false });
  const recorder = createRecorder();
  client.on('message', (data) => {
    if (Buffer.isBuffer(data)) recorder.record(data.toString('utf8'), Date.now());
  });
  await once(client, 'open');
  const app = spawn(process.execPath, ['-e', TICKER], { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: app.stdout }).on('line', (line) =>
    server.clients.forEach((socket) => socket.send(line)),
  );
  return {
    recorder,
    stop: async () => {
      app.kill();
      client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
