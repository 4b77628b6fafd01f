import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import type { Project } from '@spt-flow/shared/api/projects';
import { freePort } from '../e2e/harness/free-port.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric } from './harness/metric.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { quartiles } from './harness/statistics.ts';
import {
  createProject,
  installApp,
  withSubject,
  workspaceOf,
  type Subject,
} from './harness/subject.ts';

const PAIRS = 12;
const PROBE_INTERVAL_MS = 100;
const GOOD = `import { createServer } from 'node:http';
createServer((_, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
`;
/** Passes every syntax check and ends at once. */
const BAD = "throw new Error('broken by the bench');\n";

/** From the bad change to the old app answering again, against a script that knows what comes. */
await runBench('rollback', () =>
  withSubject(async (subject) => {
    const project = await createProject(subject, 'rollback');
    await installApp(subject, project, GOOD);
    const script = await createScript();
    progress('Measuring');
    const pairs = await measurePairs(
      { product: () => breakApp(subject, project), peer: () => script.breakApp() },
      { pairs: PAIRS, disturbance: createDisturbance() },
    );
    await script.remove();
    const about = { unit: 'ms', peer: 'scripted revert and restart' };
    const slowest = Math.max(...pairs.map((pair) => pair.product));
    return [
      toMetric(pairs, {
        ...about,
        metric: 'bad-change-to-healthy',
        goal: { of: 'ratio', atMost: 3 },
      }),
      {
        ...toMetric(pairs, { ...about, metric: 'slowest', goal: { of: 'value', atMost: 2_000 } }),
        value: quartiles([slowest]),
      },
    ];
  }),
);

async function breakApp({ api }: Subject, project: Project): Promise<number> {
  const startedMs = performance.now();
  const receipt = await api.call(changeSetRoutes.apply, {
    params: { handle: workspaceOf(project) },
    body: { summary: 'Break it', edits: [{ action: 'write', path: 'server.mjs', text: BAD }] },
  });
  const tookMs = performance.now() - startedMs;
  if (receipt.outcome !== 'rolled_back') throw new Error(`The bad change was ${receipt.outcome}`);
  return tookMs;
}

async function createScript() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-rollback-'));
  const file = path.join(folder, 'server.mjs');
  const port = await freePort();
  const start = () =>
    spawn(process.execPath, [file], { env: { PORT: String(port) }, stdio: 'ignore' });
  await writeFile(file, GOOD);
  let app = start();
  await untilAnswering(port);
  return {
    breakApp: async () => {
      const startedMs = performance.now();
      await writeFile(file, BAD);
      await end(app);
      await once(start(), 'exit');
      await writeFile(file, GOOD);
      app = start();
      await untilAnswering(port);
      return performance.now() - startedMs;
    },
    remove: async () => {
      await end(app);
      await rm(folder, { recursive: true });
    },
  };
}

async function end(app: ChildProcess): Promise<void> {
  const ended = once(app, 'exit');
  app.kill();
  await ended;
}

async function untilAnswering(port: number): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (response?.ok) return;
    await sleep(PROBE_INTERVAL_MS);
  }
}
