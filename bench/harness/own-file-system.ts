import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SIZE = '3G';

/**
 * withOwnFileSystem makes an ext4 file system in a file, as root. A shared one remembers for minutes what was deleted
 * from it, and each new file then costs a look at all of that.
 */
export async function withOwnFileSystem<T>(work: (root: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-file-system-'));
  try {
    const image = path.join(folder, 'image');
    const root = path.join(folder, 'root');
    await mkdir(root);
    await run('truncate', ['-s', SIZE, image]);
    await run('mkfs.ext4', ['-q', image]);
    await run('mount', ['-o', 'loop', image, root]);
    try {
      return await work(root);
    } finally {
      await run('umount', [root]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
