import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { createChangeSetService } from '../features/change-sets/index.ts';
import type { Deployment } from '../features/chat/index.ts';
import type { AppProbe, PreviewTargets } from '../features/previews/index.ts';

const PATIENCE_MS = 60_000;
const ASK_AGAIN_MS = 500;

export interface DeployedPlace {
  readonly workspaceId: string;
  readonly organizationId: string;
  readonly projectId: string;
}

export interface DeployTurn {
  readonly signal: AbortSignal;
  readonly correlationId: string;
}

export interface DeploymentsDeps {
  readonly changeSets: Pick<ReturnType<typeof createChangeSetService>, 'onWorkspaceReady'>;
  readonly probe: AppProbe;
  readonly targets: Pick<PreviewTargets, 'byProject'>;
  readonly urlOf: (organizationId: string, projectId: string) => Promise<string>;
}

/** createDeployments puts apps online: an app runs where it is built, so it is started and asked. */
export function createDeployments({ changeSets, probe, targets, urlOf }: DeploymentsDeps) {
  async function untilAnswering(projectId: string, signal: AbortSignal): Promise<boolean> {
    const giveUpAtMs = performance.now() + PATIENCE_MS;
    for (;;) {
      if (await probe.isAnswering(projectId)) return true;
      if (performance.now() > giveUpAtMs) return false;
      await sleep(ASK_AGAIN_MS, undefined, { signal });
    }
  }

  return async (
    { workspaceId, organizationId, projectId }: DeployedPlace,
    { signal, correlationId }: DeployTurn,
  ): Promise<Deployment> => {
    await changeSets.onWorkspaceReady({ id: workspaceId, organizationId }, correlationId);
    const isAnswering = await untilAnswering(projectId, signal);
    const target = await targets.byProject(projectId);
    if (!target) throw new AppError('not_found');
    return { isAnswering, sharing: target.sharing, url: await urlOf(organizationId, projectId) };
  };
}
