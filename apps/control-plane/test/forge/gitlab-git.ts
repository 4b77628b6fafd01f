import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A commit that somebody else makes: with a clone of their own. */
export async function pushFiles(
  model: { readonly folder: string },
  project: { readonly path_with_namespace: string },
  push: { branch: string; message: string; files: Record<string, string | null>; author?: string },
): Promise<string> {
  const bare = path.join(model.folder, `${project.path_with_namespace}.git`);
  const work = await mkdtemp(path.join(tmpdir(), 'spt-gitlab-work-'));
  const git = (...args: string[]) =>
    run('git', ['-C', work, '-c', 'user.name=GitLab', '-c', 'user.email=git@lab', ...args]);
  try {
    await run('git', ['clone', '--quiet', bare, work]);
    const known = await git('rev-parse', '--verify', '--quiet', `origin/${push.branch}`).catch(
      () => null,
    );
    await git(
      'checkout',
      '--quiet',
      '-B',
      push.branch,
      ...(known ? [`origin/${push.branch}`] : []),
    );
    for (const [name, content] of Object.entries(push.files)) {
      await mkdir(path.dirname(path.join(work, name)), { recursive: true });
      if (content === null) await rm(path.join(work, name));
      else await writeFile(path.join(work, name), content);
    }
    await git('add', '--all');
    const author = push.author ?? 'Somebody <some@body>';
    await git('commit', '--quiet', `--author=${author}`, '-m', push.message);
    await git('push', '--quiet', 'origin', push.branch);
    return (await git('rev-parse', 'HEAD')).stdout.trim();
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

export async function readFileOf(
  model: { readonly folder: string },
  place: string,
  object: string,
): Promise<string> {
  const folder = path.join(model.folder, `${place}.git`);
  return (await run('git', ['-C', folder, 'show', object])).stdout;
}
