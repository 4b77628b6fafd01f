import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentConnections } from '../agents/index.ts';
import {
  EVERYTHING,
  listRefsArguments,
  parseBranches,
  parseTags,
  TAGS,
  type BareRepositories,
  type Branch,
  type Tag,
} from './bare-repositories.ts';
import { bringBranch, bringTags } from './bring-branch.ts';
import { splitByClash } from './ref-names.ts';
import { sendFile, withTemporaryDirectory } from './send-file.ts';
import { commitInWorkspace, type CommitInput } from './workspace-commit.ts';
import { createWorkspaceGit, type WorkspaceGit } from './workspace-git.ts';

const MAX_BUNDLE_BYTES = 500 * 1024 * 1024;
/** Those of a repository with more come with the next commits. */
const MAX_TAGS = 200;
const MAX_BRANCHES = 500;
const BLOCK_BYTES = 1024 * 1024;
const SEED_BUNDLE = '.git/spt-flow-seed.bundle';
/** Never has a commit: until the last step of seeding the workspace counts as empty. */
const SEEDING_BRANCH = 'spt-flow-seeding';

export interface WorkspaceOfProject {
  readonly workspaceId: string;
  readonly projectId: string;
  readonly correlationId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** ProjectRepository carries commits between a project's workspace and its bare repository. */
export interface ProjectRepository {
  /** Commits the paths in the workspace; returns the commit. */
  commit(target: WorkspaceOfProject, input: CommitInput): Promise<string>;
  /** Takes over what the workspace has and the bare repository has not; returns the tags that another is in the way of. */
  collect(target: WorkspaceOfProject): Promise<readonly string[]>;
  /** Puts the kept history into a fresh workspace; false when there is none. */
  seedWorkspace(target: WorkspaceOfProject): Promise<boolean>;
  /** Puts a branch of the forge into the workspace; false: the workspace's own branch stayed as it was. */
  bring(target: WorkspaceOfProject, branch: Branch): Promise<boolean>;
  /** Puts the tags into the workspace that it has not. */
  bringTags(target: WorkspaceOfProject): Promise<void>;
  remove(projectId: string): Promise<void>;
}

export interface ProjectRepositoryDeps {
  readonly agents: AgentConnections;
  readonly repositories: BareRepositories;
  readonly maxBundleBytes?: number;
  /** A branch of a project has another tip now. */
  readonly onPush?: ((projectId: string, branch: Branch) => void) | undefined;
}

export function createProjectRepository(deps: ProjectRepositoryDeps): ProjectRepository {
  const { agents, repositories, maxBundleBytes = MAX_BUNDLE_BYTES } = deps;

  async function fetchMissing(
    target: WorkspaceOfProject,
    bundle: { readonly known: readonly Branch[]; readonly tags: readonly Tag[] },
  ) {
    await withTemporaryDirectory(async (directory) => {
      const file = path.join(directory, 'commits.bundle');
      await receiveBundle(target, { file, ...bundle });
      await repositories.importBundle(target.projectId, file);
    });
  }

  async function receiveBundle(
    target: WorkspaceOfProject,
    bundle: { file: string; known: readonly Branch[]; tags: readonly Tag[] },
  ): Promise<void> {
    const tooLarge = new AbortController();
    const signal = AbortSignal.any([tooLarge.signal, ...(target.signal ? [target.signal] : [])]);
    const output = openSync(bundle.file, 'wx', 0o600);
    let bytes = 0;
    try {
      await gitOf(target).run({
        argv: bundleArguments(bundle),
        signal,
        onStdout: (chunk) => {
          bytes += chunk.length;
          if (bytes > maxBundleBytes) tooLarge.abort(tooLargeError());
          else writeSync(output, chunk);
        },
      });
    } finally {
      closeSync(output);
    }
  }

  /** One that is called like a tag here stays where it is: tags never move. */
  async function newTags(projectId: string, theirs: readonly Tag[]) {
    const ours = new Set(theirs.length === 0 ? [] : await repositories.tagNames(projectId));
    const split = splitByClash(
      theirs.filter(({ name }) => !ours.has(name)),
      ours,
    );
    const leftOut = split.clashing.map(({ name }) => name);
    return { tags: split.fitting.slice(0, MAX_TAGS), leftOut };
  }

  /** Who renames a branch from `a` to `a/b` has no `a` any more, and what is here follows the workspace. */
  async function makeRoom(
    projectId: string,
    { ours, theirs }: { ours: readonly Branch[]; theirs: readonly Branch[] },
  ): Promise<void> {
    const names = theirs.map(({ name }) => name);
    for (const branch of splitByClash(ours, names).clashing)
      await repositories.retireBranch(projectId, branch);
  }

  async function lacksOne(projectId: string, objects: readonly string[]): Promise<boolean> {
    for (const object of objects)
      if (!(await repositories.hasCommit(projectId, object))) return true;
    return false;
  }

  function tooLargeError(): AppError {
    return new AppError(
      'limit_reached',
      `The commits are larger than ${Math.floor(maxBundleBytes / BLOCK_BYTES)} MB, which is the limit`,
    );
  }

  function gitOf(target: WorkspaceOfProject): WorkspaceGit {
    return createWorkspaceGit({ agents, ...target });
  }

  return {
    commit: (target, input) => commitInWorkspace(gitOf(target), input),

    async collect(target) {
      const git = gitOf(target);
      const { stdout } = await git.run({ argv: ['git', ...listRefsArguments()] });
      const theirs = parseBranches(stdout);
      const ours = await repositories.branches(target.projectId);
      const head = await git.tryRun({ argv: ['git', 'symbolic-ref', '--short', 'HEAD'] });
      const current = theirs.find(({ name }) => name === head.stdout.trim());
      const changed = changedBranches(ours, current ? [current, ...theirs] : theirs);
      const { tags, leftOut } = await newTags(target.projectId, parseTags(stdout));
      if (changed.length === 0 && tags.length === 0) return leftOut;
      await makeRoom(target.projectId, { ours, theirs });
      const objects = [...changed.map(({ commit }) => commit), ...tags.map(({ object }) => object)];
      if (await lacksOne(target.projectId, objects))
        await fetchMissing(target, { known: ours, tags });
      for (const tag of tags) await repositories.addTag(target.projectId, tag);
      for (const branch of changed) await repositories.setBranch(target.projectId, branch);
      if (current) await repositories.setCurrentBranch(target.projectId, current.name);
      for (const branch of changed) deps.onPush?.(target.projectId, branch);
      return leftOut;
    },

    async seedWorkspace(target) {
      const branches = await repositories.branches(target.projectId);
      const current = await repositories.currentBranch(target.projectId);
      const head = branches.find(({ name }) => name === current);
      if (head === undefined) return false;
      const git = gitOf(target);
      const existing = await git.tryRun({ argv: ['git', 'rev-parse', '--verify', 'HEAD'] });
      if (existing.exitCode === 0) return true;
      await git.run({ argv: ['git', 'init', '--quiet', '.'] });
      await git.run({ argv: ['git', 'symbolic-ref', 'HEAD', `refs/heads/${SEEDING_BRANCH}`] });
      await withTemporaryDirectory(async (directory) => {
        const file = path.join(directory, 'seed.bundle');
        await repositories.exportBundle(target.projectId, file);
        await sendFile(git, file, SEED_BUNDLE);
      });
      await git.run({
        argv: ['git', 'fetch', '--quiet', '--no-tags', SEED_BUNDLE, ...EVERYTHING],
      });
      await git.run({ argv: ['rm', '-f', SEED_BUNDLE] });
      await git.run({ argv: ['git', 'read-tree', '--reset', '-u', head.commit] });
      await git.run({ argv: ['git', 'symbolic-ref', 'HEAD', `refs/heads/${head.name}`] });
      return true;
    },

    bring: (target, branch) =>
      bringBranch(repositories, gitOf(target), { projectId: target.projectId, branch }),

    bringTags: (target) => bringTags(repositories, gitOf(target), target.projectId),

    remove: (projectId) => repositories.remove(projectId),
  };
}

/** In the order of theirs, as many as are taken at once. */
function changedBranches(ours: readonly Branch[], theirs: readonly Branch[]): Branch[] {
  const known = new Map(ours.map(({ name, commit }) => [name, commit]));
  const changed = theirs.filter(({ name, commit }) => known.get(name) !== commit);
  return [...new Set(changed)].slice(0, MAX_BRANCHES);
}

/** Commits that the workspace never had are no reason to fail. */
function bundleArguments({
  known,
  tags,
}: {
  readonly known: readonly Branch[];
  readonly tags: readonly Tag[];
}): string[] {
  const exclusions = known.length === 0 ? [] : ['--not', ...known.map(({ commit }) => commit)];
  const argv = ['git', 'bundle', 'create', '--quiet', '-', '--ignore-missing', '--branches'];
  return [...argv, ...tags.map(({ name }) => `${TAGS}${name}`), ...exclusions];
}
