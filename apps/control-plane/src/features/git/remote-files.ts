import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@spt-flow/shared/domain/errors';
import { isRepositoryUrl } from '@spt-flow/shared/domain/repository-url';
import { SAFE_SETTINGS, type Git } from './git-command.ts';
import { runLimitedGit } from './limited-git.ts';

const TIMEOUT_MS = 60_000;
/** Of the one pack that is fetched. */
const MAX_PACK_BYTES = 64 * 1024 * 1024;

const SSH_COMMAND =
  'ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/dev/null -o ConnectTimeout=20';

export interface RemoteFile {
  readonly path: string;
  readonly text: string;
}

export interface RemoteFilesRequest {
  readonly url: string;
  /** Below the root of the repository; absent: the root. */
  readonly directory?: string | undefined;
  /** `all`: of its subdirectories too; absent: of itself only. */
  readonly depth?: 'all';
  /** Which of the files are wanted, by their paths in the directory. */
  readonly names: (available: readonly string[]) => readonly string[];
  readonly maxFileBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export type ReadRemoteFiles = (
  request: RemoteFilesRequest,
) => Promise<{ readonly commit: string; readonly files: readonly RemoteFile[] }>;

/**
 * createRemoteFiles reads a few files of somebody's repository. Nothing is checked out, so that neither links, filters,
 * hooks nor submodules of the repository come to life; the copy lies in a directory of its own and is removed.
 */
export function createRemoteFiles(options: {
  readonly directory: string;
  readonly searchPath: string;
  readonly git: Git;
  readonly timeoutMs?: number;
}): ReadRemoteFiles {
  return async ({ url, directory, depth, names, maxFileBytes, signal }) => {
    // Git would take some texts for options or programs to run.
    if (!isRepositoryUrl(url)) throw new AppError('repository_url_not_permitted');
    const copy = await mkdtemp(path.join(options.directory, 'import-'));
    try {
      await fetchCopy({ ...options, url, copy, signal });
      const commit = (await options.git(copy, ['rev-parse', 'HEAD'])).trim();
      const root = directory === undefined ? '' : `${directory}/`;
      const reach = depth === 'all' ? ['-r'] : [];
      const entries = parseTree(
        await options.git(copy, ['ls-tree', '-z', '-l', ...reach, 'HEAD', root || '.']),
      );
      const available = entries.map((entry) => entry.path.slice(root.length));
      const files: RemoteFile[] = [];
      for (const name of names(available)) {
        const entry = entries.find((candidate) => candidate.path === root + name);
        if (!entry)
          throw new AppError('template_invalid', `The repository has no "${root}${name}"`);
        if (entry.sizeBytes > maxFileBytes)
          throw new AppError(
            'body_too_large',
            `"${root}${name}" is larger than ${maxFileBytes} bytes`,
          );
        files.push({
          path: name,
          text: await options.git(copy, ['cat-file', 'blob', entry.object]),
        });
      }
      return { commit, files };
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  };
}

interface TreeFile {
  readonly path: string;
  readonly object: string;
  readonly sizeBytes: number;
}

/** Regular files only: a link would lead to what its maker chose. */
function parseTree(output: string): TreeFile[] {
  return output.split('\0').flatMap((line) => {
    const match = /^100(?:644|755) blob ([0-9a-f]{40,64}) +(\d+)\t(.+)$/s.exec(line);
    const [, object, size, file] = match ?? [];
    return object && file ? [{ path: file, object, sizeBytes: Number(size) }] : [];
  });
}

interface Fetch {
  readonly url: string;
  readonly copy: string;
  readonly searchPath: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** One commit of the main branch, as one pack, of limited size and within a limited time. */
async function fetchCopy({ url, copy, searchPath, timeoutMs, signal }: Fetch): Promise<void> {
  const settings = [
    ...SAFE_SETTINGS,
    ...['https', 'http', 'ssh', 'git'].flatMap((protocol) => [
      '-c',
      `protocol.${protocol}.allow=always`,
    ]),
    ...['-c', 'protocol.file.allow=never', '-c', 'fetch.unpackLimit=1'],
  ];
  const clone = ['clone', '--quiet', '--bare', '--depth=1', '--no-tags', '--single-branch'];
  const safely = ['--template=', '--no-recurse-submodules', '--', url, copy];
  const limit = AbortSignal.timeout(timeoutMs ?? TIMEOUT_MS);
  const ended = signal ? AbortSignal.any([signal, limit]) : limit;
  const { failure } = await runLimitedGit([...settings, ...clone, ...safely], {
    searchPath,
    environment: { GIT_SSH_COMMAND: SSH_COMMAND },
    maxFileBytes: MAX_PACK_BYTES,
    signal: ended,
  });
  signal?.throwIfAborted();
  if (limit.aborted) throw new AppError('clone_failed', 'The host of the repository is too slow');
  if (failure !== undefined) throw new AppError('clone_failed', failure);
}
