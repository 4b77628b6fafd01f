import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** bareRepository looks into the history that the control plane keeps of a project. */
export function bareRepository(dataDirectory: string, projectId: string) {
  const directory = path.join(dataDirectory, 'repositories', `${projectId}.git`);
  const git = async (...args: string[]) =>
    (await run('git', ['-c', 'safe.directory=*', '-C', directory, ...args])).stdout.trim();
  return {
    head: () => git('rev-parse', 'HEAD'),
    show: (file: string) => git('show', `HEAD:${file}`),
    commitCount: async () => Number(await git('rev-list', '--count', 'HEAD')),
    /** Rejects when an object is damaged or missing. */
    check: () => git('fsck', '--strict', '--no-dangling'),
  };
}
