import { createHash } from 'node:crypto';
import { link, mkdir, open, symlink } from 'node:fs/promises';
import path, { posix } from 'node:path';
import { AppError } from '@spt-flow/shared/domain/errors';
import { isInside, readTar, TreeDigest, type TarEntry, type TarSource } from '../reading/index.ts';

const MAX_BYTES = 512 * 1024 * 1024;

/**
 * copyForBuild writes files of a workspace into a directory that it makes, and returns their hash.
 * INVARIANT: nothing in the copy leads out of it. Links are made last, so that no file is written through one.
 */
export async function copyForBuild(
  source: Omit<TarSource, 'maxBytes'>,
  directory: string,
  onEscape: (link: string) => void,
): Promise<string> {
  await mkdir(directory);
  const digest = new TreeDigest();
  const links: { path: string; target: string }[] = [];
  await readTar({ ...source, maxBytes: MAX_BYTES }, async (entry) => {
    const content = entry.kind === 'file' ? await writeFile(directory, entry) : entry.target;
    digest.add({ ...entry, content });
    if (entry.kind === 'directory')
      await mkdir(path.join(directory, entry.path), { recursive: true });
    if (entry.kind === 'link') await linkFile(directory, entry);
    if (entry.kind !== 'symlink') return;
    if (staysInside(entry.path, entry.target)) links.push(entry);
    else onEscape(entry.path);
  });
  for (const entry of links) {
    await prepareParent(directory, entry.path);
    await symlink(entry.target, path.join(directory, entry.path));
  }
  return digest.value();
}

/** `a/../..` through a link may lead anywhere: only what climbs first and then descends can be judged by its text. */
export function staysInside(linkPath: string, target: string): boolean {
  const climbsLater = /(^|\/)(?!\.\.?(\/|$))[^/]+\/(.*\/)?\.\.(\/|$)/.test(target);
  return (
    !posix.isAbsolute(target) &&
    !climbsLater &&
    isInside(posix.normalize(posix.join(posix.dirname(linkPath), target)))
  );
}

async function writeFile(directory: string, entry: TarEntry): Promise<string> {
  await prepareParent(directory, entry.path);
  // Never over something that is there: an archive may hold a path twice.
  const file = await open(path.join(directory, entry.path), 'wx', (entry.mode & 0o777) | 0o600);
  const hash = createHash('sha256');
  try {
    for await (const chunk of entry.content) {
      hash.update(chunk);
      await file.write(chunk);
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

async function linkFile(directory: string, { path: name, target }: TarEntry): Promise<void> {
  const normal = posix.normalize(target);
  if (!isInside(normal)) throw new AppError('devcontainer_invalid', `"${name}" is not a file`);
  await prepareParent(directory, name);
  await link(path.join(directory, normal), path.join(directory, name));
}

async function prepareParent(directory: string, name: string): Promise<void> {
  await mkdir(path.dirname(path.join(directory, name)), { recursive: true });
}
