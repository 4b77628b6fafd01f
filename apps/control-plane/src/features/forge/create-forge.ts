import { readFileSync } from 'node:fs';
import type { GitlabConfig } from '@spt-flow/config/gitlab';
import type { Database } from '@spt-flow/db/client';
import { forgeHookPath } from '@spt-flow/shared/api/forge';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { BareRepositories, TrackedBranches } from '../git/index.ts';
import type { ForgeLogs, PipelineRecords } from '../pipelines/index.ts';
import { createEmbeddedForge } from './embedded-forge.ts';
import type { Forge } from './forge.ts';
import { createForgeRepository } from './forge-repository.ts';
import { createConnection } from './gitlab/connection.ts';
import { createGitlabApi } from './gitlab/gitlab-api.ts';
import { createGitlabHttp } from './gitlab/gitlab-http.ts';
import { createHookKeys } from './gitlab/hook-keys.ts';
import { createPipelineReader } from './gitlab/pipeline-reader.ts';
import { createRemoteProjects } from './gitlab/remote-projects.ts';
import { createGitlabForge } from './gitlab-forge.ts';
import { createHookDesk } from './hook-desk.ts';
import { createOutbox } from './outbox.ts';
import { createRemoteGit } from './remote-git.ts';
import { createVisitProject, type RunningWorkspace } from './visit-project.ts';

export interface ForgeParts {
  /** Null: the repositories here are all there is. */
  readonly gitlab: GitlabConfig | null;
  readonly token: string;
  /** What tokens of webhooks are made of. */
  readonly hookSecret: string;
  readonly publicUrl: string;
  readonly searchPath: string;
  readonly db: Database;
  readonly repositories: BareRepositories;
  readonly tracked: TrackedBranches;
  readonly records: PipelineRecords;
  readonly logs: ForgeLogs;
  readonly workspaceOf: (projectId: string) => Promise<RunningWorkspace | undefined>;
  readonly audit: Audit;
  readonly clock: Pick<Clock, 'now'>;
  readonly onError: (error: unknown, subject?: unknown) => void;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
  /** Shorter in tests. */
  readonly timeoutMs?: number | undefined;
}

/** createForge puts the feature together: GitLab where it is configured, else what is here. */
export function createForge(parts: ForgeParts): Forge {
  const { gitlab } = parts;
  if (!gitlab) return createEmbeddedForge();
  return createConnected(parts, gitlab);
}

function createConnected(parts: ForgeParts, gitlab: GitlabConfig): Forge {
  const { db, audit, tracked, records, logs, onError, warn } = parts;
  const { url, group, externalUrl, caFile } = gitlab;
  const now = parts.clock.now;
  const ca = caFile === null ? null : readFileSync(caFile, 'utf8');
  const { token, timeoutMs } = parts;
  const ending = new AbortController();
  const { signal } = ending;
  const api = createGitlabApi(createGitlabHttp({ url, token, ca, timeoutMs, signal }));
  const repository = createForgeRepository(db);
  const pageOf = (path: string) => `${externalUrl}/${path}`;
  const keysOf = createHookKeys(parts.hookSecret);
  const connection = createConnection({
    ...{ api, group, externalUrl, now, warn },
    random: Math.random,
  });
  const pipelines = createPipelineReader({ api, records, logs, pageOf });
  const visit = createVisitProject({
    ...{ repository, tracked, pipelines, keysOf, now, warn },
    repositories: parts.repositories,
    remotes: createRemoteProjects({ api, group }),
    workspaceOf: parts.workspaceOf,
    openGit: (path, visiting) =>
      createRemoteGit({
        ...{ url: `${url}/${path}.git`, token, caFile, signal: visiting },
        searchPath: parts.searchPath,
      }),
    cloneUrlOf: (path) => `${pageOf(path)}.git`,
    hookUrlOf: (id) => `${gitlab.hookUrl ?? parts.publicUrl}${forgeHookPath(id)}`,
  });
  const outbox = createOutbox({ repository, connection, visit, ending, now, onError });
  return createGitlabForge({
    ...{ repository, api, connection, outbox, pipelines, tracked, pageOf, audit, now, onError },
    onDelivery: createHookDesk({ repository, keysOf, now, onNews: outbox.wake }),
  });
}
