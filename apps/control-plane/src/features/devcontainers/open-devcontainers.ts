import { createRequire } from 'node:module';
import type { Database } from '@spt-flow/db/client';
import type { Audit } from '../../lib/audit.ts';
import type { AgentConnections } from '../agents/index.ts';
import type { Logs } from '../logs/index.ts';
import { revisionOf, type Workspaces } from '../workspaces/index.ts';
import { volumeName, type DockerProvider } from '../providers/index.ts';
import { createDevcontainers } from './devcontainers.ts';
import { createDevcontainersService } from './devcontainers-service.ts';
import { createDockerEngine, createImageBuilder } from './images/index.ts';
import { createImageCleanup } from './image-cleanup.ts';
import { shownEnvironment } from './planning/index.ts';

/** What holds the work of whoever works in a workspace. */
const VOLUMES = ['workspace', 'home', 'claude-config', 'shell-history', 'agent-state'];

export interface OpenDevcontainersDeps {
  readonly db: Database;
  readonly agents: AgentConnections;
  readonly logs: Pick<Logs, 'append'>;
  readonly audit: Audit;
  readonly provider: Pick<DockerProvider, 'startServices' | 'pullImage'>;
  /** Marks what this installation makes in the engine. */
  readonly installationId: string;
  readonly allowPrivileged: boolean;
  readonly featureMirror: string | undefined;
  /** The control plane's own environment, of which devcontainers see next to nothing. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly temporaryDirectory: string;
  /** Undefined until they are made. */
  readonly workspaces: () => Pick<Workspaces, 'service' | 'notifyChanged'> | undefined;
}

/** openDevcontainers gives the feature its tools: the engine's command and the reference implementation. */
export function openDevcontainers(deps: OpenDevcontainersDeps) {
  const { environment } = deps;
  const engine = createDockerEngine({
    searchPath: environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    host: environment['DOCKER_HOST'],
    installationId: deps.installationId,
    pullImage: (...call) => deps.provider.pullImage(...call),
  });
  const build = createImageBuilder({
    nodePath: process.execPath,
    cliFile: createRequire(import.meta.url).resolve('@devcontainers/cli/devcontainer.js'),
    env: engine.env,
    installationId: deps.installationId,
  });
  const { furnishing, onReady, repository } = createDevcontainers({
    ...{ ...deps, engine, build },
    startServices: (...call) => deps.provider.startServices(...call),
    localEnv: shownEnvironment(environment),
    volumesOf: (workspace) =>
      VOLUMES.map((name) => volumeName(workspace.id, name, revisionOf(workspace))),
    onChanged: async (workspaceId) => deps.workspaces()?.notifyChanged(workspaceId),
  });
  return {
    ...{ furnishing, onReady },
    /** Removes images of builds that nobody uses any more; returns their names. */
    cleanUpImages: createImageCleanup({ engine, repository }),
    service: createDevcontainersService({ ...deps, repository }),
  };
}
