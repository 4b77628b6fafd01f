import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import type { Project } from '@spt-flow/shared/api/projects';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric } from './harness/metric.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { openLive, type LiveSocket } from './harness/sockets.ts';
import { createProject, withSubject, workspaceOf, type Subject } from './harness/subject.ts';

const PAIRS = 12;

/** From the request to the agent being connected, against the start of a bare Node process, fork included. */
await runBench('local-start', () =>
  withSubject(async (subject) => {
    const project = await createProject(subject, 'local start');
    const me = await openLive(subject, `organization:${await organizationOf(subject)}`);
    progress('Measuring');
    const pairs = await measurePairs(
      { product: () => startWorkspace(subject, project, me), peer: startBareNode },
      { pairs: PAIRS, disturbance: createDisturbance() },
    );
    me.close();
    return [
      toMetric(pairs, {
        metric: 'request-to-agent-ready',
        unit: 'ms',
        peer: 'node -e ""',
        goal: { of: 'ratio', atMost: 5 },
      }),
    ];
  }),
);

async function organizationOf({ api }: Subject): Promise<string> {
  return (await api.call(authRoutes.me, {})).organization.id;
}

async function startWorkspace(
  subject: Subject,
  project: Project,
  live: LiveSocket,
): Promise<number> {
  const handle = workspaceOf(project);
  await reach(live, 'stopped', () =>
    subject.api.call(workspaceRoutes.stop, { params: { handle } }),
  );
  const startedMs = performance.now();
  await reach(live, 'running', () =>
    subject.api.call(workspaceRoutes.start, { params: { handle } }),
  );
  return performance.now() - startedMs;
}

async function reach(
  live: LiveSocket,
  state: 'stopped' | 'running',
  ask: () => Promise<unknown>,
): Promise<void> {
  const reached = new Promise<void>((resolve) => {
    live.onEvent((event) => {
      if (event.type !== 'workspace.changed') return;
      const { actualState, agent } = event.workspace;
      if (actualState === state && agent.online === (state === 'running')) resolve();
    });
  });
  await ask();
  await reached;
}

async function startBareNode(): Promise<number> {
  const startedMs = performance.now();
  await once(spawn(process.execPath, ['-e', ''], { stdio: 'ignore' }), 'exit');
  return performance.now() - startedMs;
}
