import {
  createBareRepositories,
  createGit,
  createProjectRepository,
  createProjectSource,
} from '../features/git/index.ts';
import type { Pipelines } from '../features/pipelines/index.ts';
import type { AppDeps, Core } from './core.ts';
import type { Machines } from './machines.ts';

/** createCode keeps the committed code of projects; builds need projects, and so come later. */
export function createCode(
  { environment, paths }: AppDeps,
  { core, hub }: { core: Core; hub: Machines['hub'] },
) {
  const searchPath = environment['PATH'] ?? '/usr/bin:/bin';
  const runGit = createGit({ searchPath });
  const repositories = createBareRepositories({ directory: paths.repositories, git: runGit });
  const late: { builds?: Pipelines } = {};
  return {
    ...{ searchPath, runGit, repositories },
    git: createProjectRepository({
      ...{ agents: hub, repositories },
      onPush: (projectId, branch) =>
        void late.builds
          ?.onPush(projectId, branch)
          .catch((error: unknown) => core.onError(error, projectId)),
    }),
    source: createProjectSource({ repositories, git: runGit, searchPath }),
    onProjectRemoved: async () => late.builds?.onProjectRemoved(),
    setBuilds: (builds: Pipelines) => void (late.builds = builds),
  };
}
