import { open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ignoring } from './errors.ts';

/** Replaces a file of the state directory as a whole: after a crash it is the old or the new one. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

export async function removeDurably(path: string): Promise<void> {
  await ignoring(['ENOENT'], () => unlink(path));
  await syncDirectory(dirname(path));
}

export async function readIfThere(path: string): Promise<string | undefined> {
  return ignoring(['ENOENT'], () => readFile(path, 'utf8'));
}

export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
