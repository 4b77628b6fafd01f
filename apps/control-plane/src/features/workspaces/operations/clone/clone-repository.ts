import type { CloneOptions } from '@spt-flow/shared/domain/clone-options';
import { AppError } from '@spt-flow/shared/domain/errors';
import { isRepositoryUrl } from '@spt-flow/shared/domain/repository-url';
import { cloneSubmodules } from './clone-submodules.ts';
import { checkoutOf, findRef, refspecsOf, type FoundRef } from './find-ref.ts';
import {
  createWorkspaceGit,
  type WorkspaceGit,
  type WorkspaceGitOptions,
} from './workspace-git.ts';

/** In the repository's own configuration for as long as it is not complete. */
const UNFINISHED = 'spt-flow.unfinished';

export interface CloneRequest extends WorkspaceGitOptions {
  readonly url: string;
  readonly clone: CloneOptions;
  /** Tokens of the owner are for some paths of the host only: git has to tell which it asks for. */
  readonly tellsPath: boolean;
  readonly onWarning: (text: string) => void;
}

/**
 * cloneRepository has the workspace clone for itself, in steps that each stay when a later one is cut off: whoever
 * calls again finds what is there. AppError `clone_failed` carries git's own last words.
 */
export async function cloneRepository(request: CloneRequest): Promise<void> {
  const { url, clone } = request;
  // Checked when it was entered; checked again because git would take some texts for options or programs to run.
  if (!isRepositoryUrl(url)) throw new AppError('repository_url_not_permitted');
  const git = createWorkspaceGit(request);
  request.onProgress(`Cloning ${url}`);
  await prepare(git, request);
  const ref = await findRef(git, clone);
  if (ref) {
    await fetchAll(git, ref, clone);
    await git.insist(['checkout', '--progress', ...checkoutOf(ref)]);
    if (clone.submodules) await cloneSubmodules({ ...request, git });
  }
  await git.run(['config', '--unset', UNFINISHED]);
}

/** isUnfinishedClone is true for what an interrupted clone of this repository left. */
export async function isUnfinishedClone(
  options: WorkspaceGitOptions,
  url: string,
): Promise<boolean> {
  if (!isRepositoryUrl(url)) return false;
  const git = createWorkspaceGit({ ...options, onProgress: () => undefined });
  const read = (name: string) => git.run(['config', '--file', '.git/config', '--get', name]);
  try {
    const isOurs = (await read('remote.origin.url')).trim() === url;
    return isOurs && (await read(UNFINISHED)).trim() === 'true';
  } catch (error) {
    if (error instanceof AppError && error.code === 'clone_failed') return false;
    throw error;
  }
}

async function prepare(git: WorkspaceGit, { url, tellsPath }: CloneRequest): Promise<void> {
  await git.run(['init', '--quiet', '--initial-branch=main', '.']);
  await git.run(['config', UNFINISHED, 'true']);
  await git.run(['config', 'remote.origin.url', url]);
  await git.run(['config', 'remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*']);
  if (tellsPath) await git.run(['config', `credential.${new URL(url).origin}.useHttpPath`, 'true']);
}

async function fetchAll(git: WorkspaceGit, ref: FoundRef, clone: CloneOptions): Promise<void> {
  const refspecs = refspecsOf(ref, clone);
  const [first = ''] = refspecs;
  // Later fetches of a shallow clone must not bring the history of all branches.
  if (ref.kind === 'branch') await git.run(['config', 'remote.origin.fetch', first]);
  const depth = clone.depth === null ? [] : [`--depth=${clone.depth}`];
  const filter = clone.partial ? ['--filter=blob:none'] : [];
  // Kept as one pack, however small: that takes less time and room than single files.
  const fetch = [
    '-c',
    'fetch.unpackLimit=1',
    'fetch',
    '--progress',
    '--no-recurse-submodules',
    ...depth,
    ...filter,
  ];
  await git.insist([...fetch, 'origin', ...refspecs]);
}
