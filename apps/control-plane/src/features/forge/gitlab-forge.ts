import type { ForgeLink } from '@spt-flow/shared/api/forge';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { TrackedBranches } from '../git/index.ts';
import type { Forge, ForgeProject } from './forge.ts';
import { ForgeProblem } from './forge-problem.ts';
import type { ForgeLinkRow, ForgeRepository } from './forge-repository.ts';
import { actionsOf } from './files-commit.ts';
import type { Connection } from './gitlab/connection.ts';
import type { GitlabApi } from './gitlab/gitlab-api.ts';
import type { PipelineReader } from './gitlab/pipeline-reader.ts';
import type { createHookDesk } from './hook-desk.ts';
import type { Outbox } from './outbox.ts';

/** Repeats come within hours. */
const KEEP_DELIVERIES_MS = 3 * 86_400_000;
const PRUNE_EVERY_MS = 3_600_000;

export interface GitlabForgeDeps {
  readonly repository: ForgeRepository;
  readonly api: Pick<GitlabApi, 'commit' | 'project' | 'startPipeline'>;
  readonly connection: Connection;
  readonly outbox: Outbox;
  readonly pipelines: Pick<PipelineReader, 'read'>;
  readonly tracked: Pick<TrackedBranches, 'filesOf'>;
  readonly onDelivery: ReturnType<typeof createHookDesk>;
  readonly pageOf: (path: string) => string;
  readonly audit: Audit;
  readonly now: () => Date;
  readonly onError: (error: unknown) => void;
}

/** createGitlabForge keeps projects in GitLab besides: what people do here is noted, and carried when GitLab is there. */
export function createGitlabForge(deps: GitlabForgeDeps): Forge {
  const { repository, connection, outbox } = deps;
  let pruning: NodeJS.Timeout | undefined;

  async function ask(project: ForgeProject, change = {}): Promise<void> {
    const { id: projectId, organizationId } = project;
    await repository.ask({ projectId, organizationId, now: deps.now() }, change);
    outbox.wake();
  }

  /** A project that was removed in GitLab is made anew, because somebody asks for it. */
  async function forgetRemoved({ id }: ForgeProject): Promise<void> {
    const [row, stored] = await Promise.all([repository.find(id), repository.project(id)]);
    if (row?.state !== 'failing' || stored?.remoteId == null) return;
    try {
      await deps.api.project(stored.remoteId);
    } catch (error) {
      if (!(error instanceof ForgeProblem)) throw error;
      if (error.fault === 'missing')
        await repository.setRemote(id, { remoteId: null, cloneUrl: null });
    }
  }

  async function link(project: ForgeProject): Promise<ForgeLink> {
    const [row, stored] = await Promise.all([
      repository.find(project.id),
      repository.project(project.id),
    ]);
    const cloneUrl = stored?.cloneUrl ?? null;
    return {
      kind: 'gitlab',
      state: row?.state ?? 'none',
      url: cloneUrl?.replace(/\.git$/, '') ?? null,
      cloneUrl,
      detail: row === undefined ? null : (row.detail ?? waitingFor(row)),
      diverged: [...(row?.diverged ?? [])],
      isTold: row !== undefined && row.hookId !== null,
      syncedAt: row?.syncedAt?.toISOString() ?? null,
      dueAt: row?.dueAt.toISOString() ?? null,
    };
  }

  function waitingFor({ state }: ForgeLinkRow): string | null {
    return state === 'waiting' ? connection.health().problem : null;
  }

  /** Where the project is in GitLab, for what can't be done later. */
  async function placeOf(project: ForgeProject) {
    const stored = await repository.project(project.id);
    if (stored?.remoteId == null) throw new AppError('forge_not_connected');
    const remote = await deps.api.project(stored.remoteId);
    const { id: projectId, organizationId } = project;
    return { projectId, organizationId, remoteId: remote.id, path: remote.path_with_namespace };
  }

  async function record(
    principal: Principal,
    entry: { action: string; target: string; correlationId: string; result?: 'failed' },
  ): Promise<void> {
    const { organizationId } = principal;
    await deps.audit.record({ ...entry, organizationId, principal: auditName(principal) });
  }

  /** Recorded first: what GitLab has done is not taken back when spt-flow is killed before it heard of it. */
  async function recorded<T>(
    principal: Principal,
    entry: { action: string; target: string; correlationId: string },
    work: () => Promise<T>,
  ): Promise<T> {
    await record(principal, entry);
    try {
      return await work();
    } catch (error) {
      await record(principal, { ...entry, result: 'failed' });
      throw error;
    }
  }

  return {
    health: connection.health,

    async status(organizationId) {
      const { counts, lastHookAt } = await repository.summary(organizationId);
      const of = (state: ForgeLinkRow['state']) => counts[state] ?? 0;
      return {
        ...connection.health(),
        lastHookAt: lastHookAt?.toISOString() ?? null,
        projects: {
          ...{ synced: of('synced'), waiting: of('waiting') },
          ...{ failing: of('failing'), diverged: of('diverged') },
        },
      };
    },

    link,

    async onCreated(project) {
      // What came from elsewhere has its home there, unless somebody wants it here too.
      if (project.repositoryUrl === null) await ask(project);
    },

    async onCommitted(projectId) {
      await repository.askIfLinked(projectId, deps.now());
      outbox.wake();
    },

    async sync(principal, project, correlationId) {
      await record(principal, { action: 'forge.sync', target: project.id, correlationId });
      await forgetRemoved(project);
      connection.recheck();
      await ask(project, { state: 'waiting', detail: null, hookId: null });
      return link(project);
    },

    commit: (principal, project, { commit, correlationId }) =>
      telling(async () => {
        const { remoteId } = await placeOf(project);
        const { branch, message, files } = commit;
        const paths = files.map(({ path }) => path);
        const known = await deps.tracked.filesOf(project.id, branch, paths);
        const entry = { action: 'forge.commit', target: project.id, correlationId };
        const made = await recorded(principal, entry, () =>
          deps.api
            .commit(remoteId, {
              ...{ branch, commit_message: message, actions: actionsOf(files, known) },
              ...{ author_name: principal.userName, author_email: principal.userEmail },
            })
            // Also where it was refused: then what is known here is out of date.
            .finally(() => ask(project)),
        );
        return made.id;
      }),

    startPipeline: (principal, project, { branch, correlationId }) =>
      telling(async () => {
        const place = await placeOf(project);
        const entry = { action: 'forge.pipeline', target: project.id, correlationId };
        const { id } = await recorded(principal, entry, () =>
          deps.api.startPipeline(place.remoteId, branch),
        );
        const row = await deps.pipelines.read(place, id);
        await ask(project);
        return { pipelineId: row.id, url: deps.pageOf(`${place.path}/-/pipelines/${id}`) };
      }),

    onDelivery: deps.onDelivery,

    start() {
      outbox.start();
      pruning = setInterval(() => {
        const before = new Date(deps.now().getTime() - KEEP_DELIVERIES_MS);
        repository.removeDeliveriesBefore(before).catch(deps.onError);
      }, PRUNE_EVERY_MS);
      pruning.unref();
    },

    async close() {
      clearInterval(pruning);
      await outbox.close();
    },
  };
}

/** What GitLab did not do, in the words of the catalogue. */
async function telling<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof ForgeProblem)) throw cause;
    const { message } = cause;
    if (['away', 'busy', 'token'].includes(cause.fault))
      throw new AppError('forge_unavailable', message, { cause });
    if (cause.fault === 'conflict') throw new AppError('conflict', message, { cause });
    throw new AppError('forge_refused', message, { cause });
  }
}
