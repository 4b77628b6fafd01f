import { authRoutes } from '@spt-flow/shared/api/auth';
import type { Project } from '@spt-flow/shared/api/projects';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { openLive, type LiveSocket } from './sockets.ts';
import { workspaceOf, type Subject } from './subject.ts';

/** openOwnEvents follows what happens to all workspaces of the subject. */
export async function openOwnEvents(subject: Subject): Promise<LiveSocket> {
  const { organization } = await subject.api.call(authRoutes.me, {});
  return openLive(subject, `organization:${organization.id}`);
}

/** startWorkspace stops it, and returns the milliseconds from the request to start it until its agent is connected. */
export async function startWorkspace(
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
