import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** SmallDisk is a file system of its own that is soon full, for root too. */
export interface SmallDisk {
  readonly path: string;
  close(): Promise<void>;
}

/** createSmallDisk makes it in a file, because engines need what a file system in memory does not have. */
export async function createSmallDisk(mebibytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-small-disk-'));
  const image = path.join(folder, 'image');
  const root = path.join(folder, 'root');
  await mkdir(root);
  await run('truncate', ['-s', `${mebibytes}M`, image]);
  await run('mkfs.ext4', ['-q', '-m', '0', image]);
  await run('mount', ['-o', 'loop', image, root]);
  return {
    path: root,
    async close() {
      await run('umount', [root]);
      await rm(folder, { recursive: true });
    },
  };
}
