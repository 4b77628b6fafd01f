import type { IncomingMessage } from 'node:http';
import { forgeHookPath } from '@spt-flow/shared/api/forge';
import { createForge, type Forge } from '../features/forge/index.ts';
import { createTrackedBranches, type createGit } from '../features/git/index.ts';
import type { BareRepositories, ProjectRepository } from '../features/git/index.ts';
import { createForgeLogs, createPipelineRecords } from '../features/pipelines/index.ts';
import type { AppDeps, Core } from './core.ts';
import type { Machines } from './machines.ts';

export interface ForgeSurroundings {
  readonly core: Core;
  readonly machines: Machines;
  readonly git: ProjectRepository;
  readonly repositories: BareRepositories;
  readonly runGit: ReturnType<typeof createGit>;
  readonly searchPath: string;
}

/** createForgeParts connects the forge to what it carries: repositories, workspaces, builds. */
export function createForgeParts(deps: AppDeps, surroundings: ForgeSurroundings): Forge {
  const { core, machines, git, repositories, runGit, searchPath } = surroundings;
  const { db, audit, events, publicUrl, onError } = core;
  const { service } = machines.workspaces;
  return createForge({
    ...{ db, audit, publicUrl, onError, repositories, searchPath },
    gitlab: deps.config.gitlab,
    token: deps.secrets.gitlabToken ?? '',
    hookSecret: deps.secrets.gitlabWebhookSecret ?? deps.secretKey,
    tracked: createTrackedBranches({ repositories, git: runGit }),
    records: createPipelineRecords({ db, publish: events.append }),
    logs: createForgeLogs(db),
    async workspaceOf(projectId) {
      const workspace = await service.ofProject(projectId);
      if (!workspace || !machines.hub.isOnline(workspace.id)) return undefined;
      const place = { workspaceId: workspace.id, projectId };
      return {
        collect: (signal) => git.collect({ ...place, signal }),
        bring: (branch) => git.bring(place, branch),
        bringTags: () => git.bringTags(place),
      };
    },
    clock: deps.clock,
    warn: (message, details) => deps.logger.warn(details ?? {}, message),
  });
}

/** withForge tells the forge of what comes into a repository. Nobody waits for it, and nothing fails by it. */
export function withForge(
  git: ProjectRepository,
  forge: Forge,
  onError: (error: unknown) => void,
): Pick<ProjectRepository, 'commit' | 'collect'> {
  return {
    commit: git.commit,
    async collect(place) {
      const leftOut = await git.collect(place);
      await forge.onCommitted(place.projectId).catch(onError);
      return leftOut;
    },
  };
}

/**
 * hooksOf tells deliveries of GitLab that come to the address that is only its own, such as a name inside of a Compose
 * network: that name opens nothing else, because a name that is not ours may lead here by somebody's trick.
 */
export function hooksOf(hookUrl: string | null): (request: IncomingMessage) => boolean {
  if (hookUrl === null) return () => false;
  const { host, pathname } = new URL(hookUrl);
  const start = `${pathname.replace(/\/$/, '')}${forgeHookPath('')}`;
  return ({ method, headers, url = '' }) =>
    method === 'POST' && headers.host === host && url.startsWith(start);
}
