import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { BareRepositories, Branch } from './bare-repositories.ts';
import { gitEnvironment, SAFE_SETTINGS, type Git } from './git-command.ts';

const MAX_ARCHIVE_BYTES = 500 * 1024 * 1024;
const MAX_TITLE_CHARACTERS = 255;

/** ProjectSource reads the committed code of projects. */
export interface ProjectSource {
  /** The tip of a branch, by default of the one that a fresh workspace checks out; undefined: there is none. */
  head(projectId: string, branch?: string): Promise<Branch | undefined>;
  /** The first line of a commit's message. */
  title(projectId: string, commit: string): Promise<string>;
  /** Undefined: the commit has no such regular file, or it is larger. */
  file(
    projectId: string,
    commit: string,
    file: { readonly path: string; readonly maxBytes: number },
  ): Promise<string | undefined>;
  /** The files of a commit as a tar archive; AppError `limit_reached` when they are too many. */
  archive(projectId: string, commit: string, signal: AbortSignal): AsyncGenerator<Buffer>;
}

export function createProjectSource(options: {
  readonly repositories: BareRepositories;
  readonly git: Git;
  readonly searchPath: string;
}): ProjectSource {
  const { repositories, git, searchPath } = options;

  return {
    async head(projectId, branch) {
      const branches = await repositories.branches(projectId);
      const wanted = branch ?? (await repositories.currentBranch(projectId));
      return branches.find(({ name }) => name === wanted);
    },

    async title(projectId, commit) {
      const repository = await repositories.ensure(projectId);
      const title = await git(repository, ['log', '-1', '--format=%s', commit, '--']);
      return title.replace(/\p{C}/gu, ' ').trim().slice(0, MAX_TITLE_CHARACTERS);
    },

    async file(projectId, commit, { path, maxBytes }) {
      const repository = await repositories.ensure(projectId);
      const entry = await git(repository, ['ls-tree', '-l', commit, '--', path]);
      const [, object = '', size = ''] = /^100(?:644|755) blob (\w+) +(\d+)\t/.exec(entry) ?? [];
      if (object === '' || Number(size) > maxBytes) return undefined;
      return git(repository, ['cat-file', 'blob', object]);
    },

    async *archive(projectId, commit, signal) {
      const repository = await repositories.ensure(projectId);
      const args = ['-C', repository, ...SAFE_SETTINGS, 'archive', '--format=tar', commit];
      yield* outputOf(spawnGit(args, searchPath), signal);
    },
  };
}

function spawnGit(args: readonly string[], searchPath: string) {
  return spawn('git', args, {
    env: gitEnvironment(searchPath),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

async function* outputOf(
  child: ReturnType<typeof spawnGit>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const ended = once(child, 'close');
  ended.catch(() => undefined);
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  try {
    let bytes = 0;
    const output: AsyncIterable<Buffer> = child.stdout;
    for await (const chunk of output) {
      bytes += chunk.length;
      if (bytes > MAX_ARCHIVE_BYTES)
        throw new AppError('limit_reached', `The files have more than ${MAX_ARCHIVE_BYTES} bytes`);
      yield chunk;
    }
    await ended;
    signal.throwIfAborted();
    if (child.exitCode !== 0) throw new Error(`git archive ended with ${child.exitCode}`);
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
}
