import { setTimeout as sleep } from 'node:timers/promises';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { projects, workspaces } from '@spt-flow/db/schema';
import { withDatabase } from '../e2e/faults/support/stranger.ts';
import { withEngineSubject, type EngineSubject } from './harness/engine-subject.ts';
import { toMetric, type Pair } from './harness/metric.ts';
import { treeSeconds } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import type { LiveSocket } from './harness/sockets.ts';
import { createProject, workspaceOf } from './harness/subject.ts';
import { openOwnEvents, startWorkspace } from './harness/workspace-start.ts';

const WORKSPACES = 1_000;
const KILLS = 6;
/** Longer than all that is done from time to time. */
const WINDOW_MS = 65_000;

/** What 1,000 running workspaces cost while nothing happens, and how soon the end of one is noticed. */
await runBench('reconcile', () =>
  withEngineSubject(async (subject) => {
    const project = await createProject(subject, 'reconcile');
    progress('Measuring one workspace');
    const peer = await processorShare(subject.product.pid);
    await insertRunning(subject);
    progress('Measuring all');
    const idle = { product: await processorShare(subject.product.pid), peer };
    const events = await openOwnEvents(subject);
    progress('Ending containers');
    const notices: Pair[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      await startWorkspace(subject, project, events);
      notices.push(await killed(subject, workspaceOf(project), events));
    }
    events.close();
    return [
      toMetric([idle], {
        metric: 'idle-processor-with-database',
        unit: '% of a core',
        peer: 'one workspace',
        goal: { of: 'value', atMost: 5 },
      }),
      toMetric(notices, {
        metric: 'killed-to-noticed',
        unit: 'ms',
        peer: "the engine's own event",
        goal: { of: 'value', atMost: 2_000 },
      }),
    ];
  }),
);

async function processorShare(pid: number): Promise<number> {
  const before = treeSeconds(pid);
  await sleep(WINDOW_MS);
  return ((treeSeconds(pid) - before) / WINDOW_MS) * 100_000;
}

/** Rows alone: what their machines and agents cost is measured elsewhere. */
async function insertRunning({ api, product }: EngineSubject): Promise<void> {
  const { id: ownerId, organization } = await api.call(authRoutes.me, {});
  await withDatabase(product.dataDirectory, async (db) => {
    const ids = { organizationId: organization.id };
    const [project] = await db
      .insert(projects)
      .values({ ...ids, userId: ownerId, name: 'many', slug: 'many' })
      .returning();
    if (!project) throw new Error('The project was not made');
    await db.insert(workspaces).values(
      Array.from({ length: WORKSPACES }, (_, index) => ({
        ...{ ...ids, ownerId, projectId: project.id, name: `machine-${index}`, appPort: 3_000 },
        ...{ provider: 'docker' as const, desiredState: 'running' as const },
        actualState: 'running' as const,
      })),
    );
  });
}

async function killed(
  { engine }: EngineSubject,
  workspaceId: string,
  events: LiveSocket,
): Promise<Pair> {
  const name = `spt-flow-${workspaceId}`;
  const filters = JSON.stringify({ container: [name], event: ['die'] });
  const stream = await engine.getEvents({ filters });
  let startedMs = 0;
  const peer = new Promise<number>((resolve) => {
    stream.once('data', () => resolve(performance.now() - startedMs));
  });
  const product = new Promise<number>((resolve) => {
    events.onEvent((event) => {
      if (event.type !== 'workspace.changed' || event.workspace.id !== workspaceId) return;
      if (event.workspace.actualState !== 'running') resolve(performance.now() - startedMs);
    });
  });
  startedMs = performance.now();
  await engine.getContainer(name).kill();
  const pair = { product: await product, peer: await peer };
  stream.removeAllListeners();
  return pair;
}
