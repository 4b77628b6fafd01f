import path from 'node:path';
import {
  FORGE_REFS,
  listBranchesArguments,
  parseBranches,
  type BareRepositories,
  type Branch,
} from './bare-repositories.ts';
import { sendFile, withTemporaryDirectory } from './send-file.ts';
import type { WorkspaceGit } from './workspace-git.ts';

const BUNDLE = '.git/spt-flow-forge.bundle';

type Repositories = Pick<BareRepositories, 'hasCommit' | 'exportForgeBranch'>;

/**
 * bringBranch puts a branch of the forge into a workspace as `gitlab/<name>`, and moves the workspace's own branch along
 * where nothing of it is lost; false: it stayed, and its owner has to merge.
 */
export async function bringBranch(
  repositories: Repositories,
  git: WorkspaceGit,
  { projectId, branch }: { readonly projectId: string; readonly branch: Branch },
): Promise<boolean> {
  const head = await git.tryRun({ argv: ['git', 'rev-parse', '--verify', '--quiet', 'HEAD'] });
  // Seeding fills it.
  if (head.exitCode !== 0) return true;
  await bringObjects(repositories, git, { projectId, branch });
  const current = await git.tryRun({ argv: ['git', 'symbolic-ref', '--short', 'HEAD'] });
  const forward =
    current.stdout.trim() === branch.name
      ? ['git', '-c', 'core.hooksPath=/dev/null', 'merge', '--ff-only', '--quiet', branch.commit]
      : [
          ...['git', 'fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '.'],
          `${FORGE_REFS}${branch.name}:refs/heads/${branch.name}`,
        ];
  return (await git.tryRun({ argv: forward })).exitCode === 0;
}

async function bringObjects(
  repositories: Repositories,
  git: WorkspaceGit,
  { projectId, branch: { name, commit } }: { readonly projectId: string; readonly branch: Branch },
): Promise<void> {
  const ref = `${FORGE_REFS}${name}`;
  const has = await git.tryRun({ argv: ['git', 'cat-file', '-e', `${commit}^{commit}`] });
  if (has.exitCode === 0) {
    await git.run({ argv: ['git', 'update-ref', ref, commit] });
    return;
  }
  const theirs = parseBranches(
    (await git.run({ argv: ['git', ...listBranchesArguments()] })).stdout,
  );
  const known: string[] = [];
  for (const own of theirs)
    if (await repositories.hasCommit(projectId, own.commit)) known.push(own.commit);
  await withTemporaryDirectory(async (directory) => {
    const file = path.join(directory, 'forge.bundle');
    await repositories.exportForgeBranch(projectId, { name, known, file });
    await sendFile(git, file, BUNDLE);
  });
  const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head'];
  await git.run({ argv: ['git', 'fetch', ...quiet, BUNDLE, `+${ref}:${ref}`] });
  await git.run({ argv: ['rm', '-f', BUNDLE] });
}
