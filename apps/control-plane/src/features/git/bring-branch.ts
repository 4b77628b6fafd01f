import path from 'node:path';
import {
  FORGE_REFS,
  HEADS,
  listRefsArguments,
  parseBranches,
  parseTags,
  TAGS,
  type BareRepositories,
  type Branch,
} from './bare-repositories.ts';
import { splitByClash } from './ref-names.ts';
import { sendFile, withTemporaryDirectory } from './send-file.ts';
import type { WorkspaceGit } from './workspace-git.ts';

const BUNDLE = '.git/spt-flow-forge.bundle';

type Repositories = Pick<BareRepositories, 'hasCommit' | 'exportRef'>;

/** A visit brings so many tags, the next one more. */
const MAX_TAGS = 100;

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
  const { name, commit } = branch;
  await bringRef(repositories, git, {
    ...{ projectId, ref: `${FORGE_REFS}${name}`, object: commit, mayMove: true },
  });
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

/** bringTags puts tags into a workspace that it has none of the name of. */
export async function bringTags(
  repositories: Repositories & Pick<BareRepositories, 'tags'>,
  git: WorkspaceGit,
  projectId: string,
): Promise<void> {
  const ours = await repositories.tags(projectId);
  if (ours.length === 0) return;
  const listed = await git.tryRun({ argv: ['git', ...listRefsArguments(TAGS)] });
  // Seeding fills it.
  if (listed.exitCode !== 0) return;
  const names = new Set(parseTags(listed.stdout).map(({ name }) => name));
  const missing = ours.filter((tag) => !names.has(tag.name));
  for (const { name, object } of splitByClash(missing, names).fitting.slice(0, MAX_TAGS))
    await bringRef(repositories, git, {
      ...{ projectId, ref: `${TAGS}${name}`, object, mayMove: false },
    });
}

interface BroughtRef {
  readonly projectId: string;
  readonly ref: string;
  readonly object: string;
  readonly mayMove: boolean;
}

async function bringRef(
  repositories: Repositories,
  git: WorkspaceGit,
  { projectId, ref, object, mayMove }: BroughtRef,
): Promise<void> {
  const has = await git.tryRun({ argv: ['git', 'cat-file', '-e', `${object}^{commit}`] });
  if (has.exitCode === 0) {
    await git.run({ argv: ['git', 'update-ref', ref, object] });
    return;
  }
  const theirs = parseBranches(
    (await git.run({ argv: ['git', ...listRefsArguments(HEADS)] })).stdout,
  );
  const known: string[] = [];
  for (const own of theirs)
    if (await repositories.hasCommit(projectId, own.commit)) known.push(own.commit);
  await withTemporaryDirectory(async (directory) => {
    const file = path.join(directory, 'forge.bundle');
    await repositories.exportRef(projectId, { ref, known, file });
    await sendFile(git, file, BUNDLE);
  });
  const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head'];
  await git.run({ argv: ['git', 'fetch', ...quiet, BUNDLE, `${mayMove ? '+' : ''}${ref}:${ref}`] });
  await git.run({ argv: ['rm', '-f', BUNDLE] });
}
