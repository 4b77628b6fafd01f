import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export async function listRemote(url: string): Promise<void> {
  await run('git', ['ls-remote', url]);
}

/** makeRepository makes a bare repository with two commits. */
export async function makeRepository(directory: string): Promise<void> {
  const work = await mkdtemp(path.join(tmpdir(), 'spt-git-work-'));
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: work });
  await git('init', '-q', '-b', 'main');
  await git('commit', '-q', '--allow-empty', '-m', 'first');
  await writeFile(path.join(work, 'README.md'), '# Guestbook\n');
  await git('add', '.');
  await git('commit', '-q', '-m', 'second');
  await mkdir(directory, { recursive: true });
  await git('clone', '-q', '--bare', work, directory);
  await rm(work, { recursive: true, force: true });
}
