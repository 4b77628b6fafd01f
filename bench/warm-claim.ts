import { setTimeout as sleep } from 'node:timers/promises';
import { poolRoutes } from '@spt-flow/shared/api/pools';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { templateRoutes } from '@spt-flow/shared/api/templates';
import { startBareContainer } from './harness/bare-container.ts';
import { UNDISTURBED, withEngineSubject, type EngineSubject } from './harness/engine-subject.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric } from './harness/metric.ts';
import { progress, runBench } from './harness/program.ts';
import type { LiveSocket } from './harness/sockets.ts';
import { openOwnEvents } from './harness/workspace-start.ts';

const PAIRS = 10;
const POOL_SIZE = 3;
const POLL_MS = 100;
const PATIENCE_MS = 60_000;
const TEMPLATE = 'bench';

/** From the request for a new workspace to it being ready, against a container of the same image and its first byte. */
await runBench('warm-claim', () =>
  withEngineSubject(async (subject) => {
    await fillPool(subject);
    const events = await openOwnEvents(subject);
    progress('Measuring');
    const pairs = await measurePairs(
      {
        product: () => claim(subject, events),
        peer: () => startBareContainer(subject.engine, subject.image),
      },
      { pairs: PAIRS, disturbance: UNDISTURBED },
    );
    events.close();
    await subject.api.call(poolRoutes.set, { params: { handle: TEMPLATE }, body: { size: 0 } });
    return [
      toMetric(pairs, {
        metric: 'request-to-workspace-ready',
        unit: 'ms',
        peer: 'Engine API create, start, first byte',
        goal: { of: 'value', by: 'median', atMost: 150 },
      }),
    ];
  }),
);

async function fillPool({ api }: EngineSubject): Promise<void> {
  const definition = JSON.stringify({ name: TEMPLATE, displayName: 'Bench' });
  const files = [
    { path: 'spt-flow-template.json', text: definition },
    { path: 'start.sh', text: 'sleep 1' },
  ];
  await api.call(templateRoutes.push, { body: { source: { kind: 'files', files } } });
  const body = { size: POOL_SIZE };
  await api.call(poolRoutes.set, { params: { handle: TEMPLATE }, body });
}

async function untilFull({ api }: EngineSubject): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    const pool = await api.call(poolRoutes.get, { params: { handle: TEMPLATE } });
    if (pool.ready === POOL_SIZE && pool.starting === 0) return;
    await sleep(POLL_MS);
  }
  throw new Error('The pool was not filled');
}

async function claim(subject: EngineSubject, events: LiveSocket): Promise<number> {
  const { api } = subject;
  await untilFull(subject);
  const ready = new Promise<void>((resolve) => {
    events.onEvent((event) => {
      if (event.type === 'workspace.changed' && event.workspace.actualState === 'running')
        resolve();
    });
  });
  const startedMs = performance.now();
  const body = { name: 'claim', template: { name: TEMPLATE } };
  const { project } = await api.call(projectRoutes.create, { body });
  await ready;
  const elapsedMs = performance.now() - startedMs;
  if (project)
    await api.call(projectRoutes.remove, {
      params: { handle: project.id },
      body: { confirmName: project.name },
    });
  return elapsedMs;
}
