import { AppError } from '@spt-flow/shared/domain/errors';
import { runInWorkspace, type AgentConnections } from '../agents/index.ts';
import { APP_PROCESS, appEnvironment } from './change-set-plan.ts';
import type { ChangeSetTarget } from './change-sets-repository.ts';
import { readManifest } from './app-manifest.ts';
import { createWorkspaceFiles } from './workspace-files.ts';

const BUILD_TIMEOUT_MS = 300_000;

/** startAppIfDown prepares and starts the project's app, unless something answers on its port already. */
export async function startAppIfDown(
  agents: AgentConnections,
  target: ChangeSetTarget,
): Promise<void> {
  const { workspaceId, appPort } = target;
  if (await isListening(agents, target)) return;
  const result = await readManifest(createWorkspaceFiles(agents, workspaceId), []);
  if (!result.ok || result.manifest === null) return;
  const { build, start } = result.manifest;
  const env = appEnvironment(appPort);
  if (build !== null) {
    // A failed build is not the end: what was built before may still run, and the log says what failed.
    await runInWorkspace(agents, workspaceId, {
      argv: ['/bin/sh', '-c', build],
      env,
      timeoutMs: BUILD_TIMEOUT_MS,
    });
  }
  const head = { method: 'process.start' as const, name: APP_PROCESS, command: start, env };
  const { stream } = await agents.request(workspaceId, head);
  stream.destroy();
}

export async function stopApp(agents: AgentConnections, workspaceId: string): Promise<void> {
  try {
    const { stream } = await agents.request(workspaceId, {
      method: 'process.stop',
      name: APP_PROCESS,
    });
    stream.destroy();
  } catch (error) {
    // There was none.
    if (!(error instanceof AppError && error.code === 'not_found')) throw error;
  }
}

async function isListening(agents: AgentConnections, target: ChangeSetTarget): Promise<boolean> {
  try {
    const { stream } = await agents.request(target.workspaceId, {
      method: 'tcp',
      port: target.appPort,
    });
    stream.reset('cancelled');
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'port_not_open') return false;
    throw error;
  }
}
