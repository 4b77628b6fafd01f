import type { Branch } from '../git/index.ts';
import type { RemoteGit } from './remote-git.ts';
import { ForgeProblem } from './forge-problem.ts';
import type { ForgeLinkRow, ForgeRepository, Outcome } from './forge-repository.ts';
import type { GitlabProject } from './gitlab/gitlab-api.ts';
import type { HookKeys } from './gitlab/hook-keys.ts';
import type { PipelineReader } from './gitlab/pipeline-reader.ts';
import type { RemoteProjects } from './gitlab/remote-projects.ts';
import { syncBranches, type SyncDeps, type SyncedBranches } from './sync-branches.ts';
import { syncTags, type SyncedTags } from './sync-tags.ts';

const RUNNING_POLL_MS = 15_000;
/** A pipeline of which nothing was heard for so long waits for somebody. */
const RUNNING_FOR_MS = 30 * 60_000;
const POLL_MS = 5 * 60_000;
/** Where it tells by itself, it is asked for what was lost on the way. */
const TOLD_POLL_MS = 15 * 60_000;
const SOON_MS = 2_000;
const MAX_NAMED = 10;

/** The workspace of a project, where it runs. */
export interface RunningWorkspace {
  /** Brings its new commits here; returns the tags that another is in the way of. */
  collect(signal: AbortSignal): Promise<readonly string[]>;
  /** False: its own branch stayed. */
  bring(branch: Branch): Promise<boolean>;
  bringTags(): Promise<void>;
}

export interface VisitDeps extends SyncDeps {
  readonly repository: ForgeRepository;
  readonly remotes: Pick<RemoteProjects, 'ensure' | 'ensureHook'>;
  readonly pipelines: Pick<PipelineReader, 'readSince'>;
  readonly workspaceOf: (projectId: string) => Promise<RunningWorkspace | undefined>;
  readonly openGit: (path: string, signal: AbortSignal) => RemoteGit;
  readonly cloneUrlOf: (path: string) => string;
  readonly hookUrlOf: (projectId: string) => string;
  readonly keysOf: (projectId: string) => HookKeys;
  readonly now: () => Date;
  readonly warn: (message: string, details: Record<string, unknown>) => void;
}

interface Synced {
  readonly branches: SyncedBranches;
  readonly tags: SyncedTags;
  /** Tags of the workspace alone. */
  readonly uncollected: readonly string[];
}

interface Visit {
  readonly link: ForgeLinkRow;
  readonly remote: GitlabProject;
  readonly signal: AbortSignal;
}

export type VisitProject = ReturnType<typeof createVisitProject>;

/** createVisitProject makes one project the same here and in GitLab, as far as nobody's work is lost, and says how it went. */
export function createVisitProject(deps: VisitDeps) {
  const { repository } = deps;

  /** Undefined: the project is being deleted. */
  async function ensureRemote(link: ForgeLinkRow, parentId: number) {
    const project = await repository.project(link.projectId);
    if (!project) return undefined;
    const remote = await deps.remotes.ensure(project, { remoteId: project.remoteId, parentId });
    const cloneUrl = deps.cloneUrlOf(remote.path_with_namespace);
    if (project.remoteId !== remote.id || project.cloneUrl !== cloneUrl)
      await repository.setRemote(project.id, { remoteId: remote.id, cloneUrl });
    return remote;
  }

  /** A GitLab that can't reach us, or does not want to, is asked instead of telling. */
  async function ensureHook({ link, remote }: Visit): Promise<void> {
    if (link.hookId !== null) return;
    const { projectId } = link;
    const hook = { url: deps.hookUrlOf(projectId), keys: deps.keysOf(projectId) };
    try {
      await repository.change(projectId, await deps.remotes.ensureHook(remote.id, hook));
    } catch (error) {
      if (!(error instanceof ForgeProblem) || error.fault !== 'refused') throw error;
      deps.warn('GitLab takes no webhook, so it is asked every few minutes', {
        ...{ projectId, reason: error.message },
      });
    }
  }

  async function carry({ link: { projectId }, remote, signal }: Visit): Promise<Synced> {
    const workspace = await deps.workspaceOf(projectId);
    // What could not be collected is collected the next time.
    const uncollected = await workspace?.collect(signal).catch((error: unknown) => {
      deps.warn('commits of the workspace not collected', { projectId, err: error });
    });
    const git = deps.openGit(remote.path_with_namespace, signal);
    const theirs = await git.refs();
    const project = { projectId, remote: git };
    const branches = await syncBranches(deps, project, theirs.branches);
    const tags = await syncTags(deps, project, theirs.tags);
    const warn = (error: unknown) => {
      deps.warn('branch of GitLab not brought into the workspace', { projectId, err: error });
    };
    for (const branch of [...branches.advanced, ...branches.diverged])
      await workspace?.bring(branch).catch(warn);
    await workspace?.bringTags().catch(warn);
    return { branches, tags, uncollected: uncollected ?? [] };
  }

  async function pollMs(link: ForgeLinkRow): Promise<number> {
    const since = new Date(deps.now().getTime() - RUNNING_FOR_MS);
    if (await repository.hasRunningPipeline(link.projectId, since)) return RUNNING_POLL_MS;
    return link.lastHookAt === null ? POLL_MS : TOLD_POLL_MS;
  }

  return async function visitProject(
    link: ForgeLinkRow,
    { parentId, signal }: { readonly parentId: number; readonly signal: AbortSignal },
  ): Promise<Outcome | undefined> {
    const remote = await ensureRemote(link, parentId);
    if (!remote) return undefined;
    const visit = { link, remote, signal };
    await ensureHook(visit);
    const synced = await carry(visit);
    const place = { remoteId: remote.id, path: remote.path_with_namespace };
    const { until: pipelinesUntil, isAll } = await deps.pipelines.readSince(
      { ...place, projectId: link.projectId, organizationId: link.organizationId },
      link.pipelinesUntil,
    );
    const isStale = rejectedOf(synced).some((rejection) => rejection.isStale);
    const soonMs = isStale
      ? Math.min(POLL_MS, SOON_MS * 2 ** Math.min(link.attempts, 10))
      : SOON_MS;
    const waitMs = isStale || !isAll ? soonMs : await pollMs(link);
    return {
      ...judge(synced),
      attempts: isStale ? link.attempts + 1 : 0,
      dueAt: new Date(deps.now().getTime() + waitMs),
      change: {
        pipelinesUntil,
        syncedAt: deps.now(),
        diverged: synced.branches.diverged.map(({ name }) => name),
      },
    };
  };
}

function rejectedOf({ branches, tags }: Synced) {
  return [...branches.rejected, ...tags.rejected];
}

/** Names come from others, and are pasted into terminals. */
function quoted(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`;
}

function judge(synced: Synced): Pick<Outcome, 'state' | 'detail'> {
  const { branches, tags } = synced;
  const rejected = rejectedOf(synced);
  const refused = rejected.filter(({ isStale }) => !isStale);
  const names = branches.diverged.map(({ name }) => name);
  if (names.length > 0) {
    const commands = names.map((name) => `git merge ${quoted(`gitlab/${name}`)}`).join(' and ');
    return {
      state: 'diverged',
      detail: `${names.join(', ')} changed here and in GitLab. Nothing is lost: run ${commands} in the workspace, then carry it again`,
    };
  }
  if (refused.length > 0) {
    const reasons = refused
      .map(
        ({ ref, reason }) =>
          `${ref.replace('refs/heads/', '').replace('refs/tags/', 'tag ')} (${reason})`,
      )
      .join(', ');
    return {
      state: 'failing',
      detail: `GitLab did not take ${reasons}. See what it protects under Settings, Repository there`,
    };
  }
  if (rejected.length > 0) return { state: 'waiting', detail: null };
  const details = [differingWords(tags.differing), leftOutWords(synced)].filter(
    (words) => words !== undefined,
  );
  return { state: 'synced', detail: details.length === 0 ? null : details.join('. ') };
}

function differingWords(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const differing = names.slice(0, MAX_NAMED).join(', ');
  return `Tags are something else here and in GitLab, and neither is moved: ${differing}`;
}

function leftOutWords({ branches, tags, uncollected }: Synced): string | undefined {
  const ofTags = [...new Set([...tags.leftOut, ...uncollected])].map((name) => `tag ${name}`);
  const names = [...branches.leftOut, ...ofTags];
  if (names.length === 0) return undefined;
  const others = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  return `Git has no name beside one that begins with it and a slash, so these stay where they are: ${names.slice(0, MAX_NAMED).join(', ')}${others}. Rename one of each two to have both carried`;
}
