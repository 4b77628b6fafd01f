import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentConnections } from '../agents/index.ts';
import {
  listBranchesArguments,
  parseBranches,
  type BareRepositories,
  type Branch,
} from './bare-repositories.ts';
import { bringBranch } from './bring-branch.ts';
import { sendFile, withTemporaryDirectory } from './send-file.ts';
import { commitInWorkspace, type CommitInput } from './workspace-commit.ts';
import { createWorkspaceGit, type WorkspaceGit } from './workspace-git.ts';

const MAX_BUNDLE_BYTES = 500 * 1024 * 1024;
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
  /** Takes over what the workspace has and the bare repository has not. */
  collect(target: WorkspaceOfProject): Promise<void>;
  /** Puts the kept history into a fresh workspace; false when there is none. */
  seedWorkspace(target: WorkspaceOfProject): Promise<boolean>;
  /** Puts a branch of the forge into the workspace; false: the workspace's own branch stayed as it was. */
  bring(target: WorkspaceOfProject, branch: Branch): Promise<boolean>;
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

  async function fetchMissing(target: WorkspaceOfProject, known: readonly Branch[]) {
    await withTemporaryDirectory(async (directory) => {
      const file = path.join(directory, 'commits.bundle');
      await receiveBundle(target, { file, known });
      await repositories.importBundle(target.projectId, file);
    });
  }

  async function receiveBundle(
    target: WorkspaceOfProject,
    bundle: { file: string; known: readonly Branch[] },
  ): Promise<void> {
    const tooLarge = new AbortController();
    const signal = AbortSignal.any([tooLarge.signal, ...(target.signal ? [target.signal] : [])]);
    const output = openSync(bundle.file, 'wx', 0o600);
    let bytes = 0;
    try {
      await gitOf(target).run({
        argv: bundleArguments(bundle.known),
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
      const theirs = parseBranches(
        (await git.run({ argv: ['git', ...listBranchesArguments()] })).stdout,
      );
      const ours = await repositories.branches(target.projectId);
      const changed = theirs.filter((branch) => !ours.some((own) => isSame(own, branch)));
      if (changed.length === 0) return;
      const known = await Promise.all(
        changed.map(({ commit }) => repositories.hasCommit(target.projectId, commit)),
      );
      if (known.includes(false)) await fetchMissing(target, ours);
      for (const branch of changed) await repositories.setBranch(target.projectId, branch);
      const head = await git.tryRun({ argv: ['git', 'symbolic-ref', '--short', 'HEAD'] });
      const current = theirs.find(({ name }) => name === head.stdout.trim());
      if (current) await repositories.setCurrentBranch(target.projectId, current.name);
      for (const branch of changed) deps.onPush?.(target.projectId, branch);
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
        argv: ['git', 'fetch', '--quiet', '--no-tags', SEED_BUNDLE, '+refs/heads/*:refs/heads/*'],
      });
      await git.run({ argv: ['rm', '-f', SEED_BUNDLE] });
      await git.run({ argv: ['git', 'read-tree', '--reset', '-u', head.commit] });
      await git.run({ argv: ['git', 'symbolic-ref', 'HEAD', `refs/heads/${head.name}`] });
      return true;
    },

    bring: (target, branch) =>
      bringBranch(repositories, gitOf(target), { projectId: target.projectId, branch }),

    remove: (projectId) => repositories.remove(projectId),
  };
}

function isSame(a: Branch, b: Branch): boolean {
  return a.name === b.name && a.commit === b.commit;
}

/** Commits that the workspace never had are no reason to fail. */
function bundleArguments(known: readonly Branch[]): string[] {
  const exclusions = known.length === 0 ? [] : ['--not', ...known.map(({ commit }) => commit)];
  const argv = ['git', 'bundle', 'create', '--quiet', '-', '--ignore-missing', '--branches'];
  return [...argv, ...exclusions];
}
