import type { CloneOptions } from '@spt-flow/shared/domain/clone-options';
import { AppError } from '@spt-flow/shared/domain/errors';
import { isRepositoryUrl } from '@spt-flow/shared/domain/repository-url';
import type { WorkspaceGit } from './workspace-git.ts';

/** Of all levels together: a repository must not keep a start busy for ever. */
const MAX_SUBMODULES = 100;

interface Submodule {
  readonly path: string;
  readonly url: string;
}

export interface SubmoduleOptions {
  readonly git: WorkspaceGit;
  readonly clone: Pick<CloneOptions, 'depth'>;
  readonly onWarning: (text: string) => void;
}

/**
 * cloneSubmodules fetches those whose URL is permitted, level by level: each level's URLs are somebody else's words.
 * One that can't be had is a warning, because most of the work is possible without it.
 */
export async function cloneSubmodules(options: SubmoduleOptions): Promise<void> {
  const directories = [''];
  let left = MAX_SUBMODULES;
  for (const cwd of directories) {
    for (const submodule of await submodulesOf(options.git, cwd)) {
      if (left === 0)
        return options.onWarning(`Only ${MAX_SUBMODULES} submodules are fetched at the start`);
      left -= 1;
      if (await isFetched(options, submodule, cwd))
        directories.push(cwd === '' ? submodule.path : `${cwd}/${submodule.path}`);
    }
  }
}

async function isFetched(
  { git, clone, onWarning }: SubmoduleOptions,
  { path, url }: Submodule,
  cwd: string,
): Promise<boolean> {
  if (!isPermitted(url)) {
    onWarning(`The submodule ${path} is left out: its URL is not permitted`);
    return false;
  }
  const depth = clone.depth === null ? [] : [`--depth=${clone.depth}`];
  try {
    const update = ['submodule', 'update', '--init', '--progress', ...depth, '--', path];
    await git.insist(update, { cwd });
    return true;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'clone_failed') throw error;
    onWarning(`The submodule ${path} is left out: ${error.message}`);
    return false;
  }
}

/** As committed: the file in the directory could be a link to anywhere. */
async function submodulesOf(git: WorkspaceGit, cwd: string): Promise<Submodule[]> {
  const tree = await git.run(['ls-tree', '--name-only', 'HEAD', '.gitmodules'], { cwd });
  if (tree.trim() === '') return [];
  const list = ['config', '-z', '--blob', 'HEAD:.gitmodules', '--list'];
  const values = new Map<string, { path?: string; url?: string }>();
  for (const entry of (await git.run(list, { cwd })).split('\0')) {
    const [, name, key, value] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
    if (name !== undefined && key !== undefined)
      values.set(name, { ...values.get(name), [key]: value });
  }
  return [...values.values()].flatMap(({ path, url }) =>
    path !== undefined && url !== undefined ? [{ path, url }] : [],
  );
}

/** A relative one is beside the repository itself, on the same host. */
function isPermitted(url: string): boolean {
  return /^\.\.?\/[^\s\\]*$/.test(url) || isRepositoryUrl(url);
}
