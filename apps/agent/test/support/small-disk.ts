import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  /** Where the disk is mounted, as seen from here. */
  readonly path: string;
  close(): Promise<void>;
}

/** A file system of its own that holds so much and no more. It needs no rights where user namespaces are permitted. */
export async function createSmallDisk(kibibytes: number): Promise<SmallDisk> {
  const root = await mkdtemp(join(tmpdir(), 'spt-flow-disk-'));
  const place = join(root, 'disk');
  await mkdir(place);
  const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--map-root-user'];
  const script = `mount -t tmpfs -o size=${kibibytes}k,mode=755 tmpfs "$1" && echo ready && exec cat`;
  const keeper = spawn('unshare', [...namespaces, 'sh', '-c', script, 'sh', place], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(keeper.stdout, 'data'),
    once(keeper, 'exit').then(() => {
      throw new Error('This machine lets nobody mount a file system of their own');
    }),
  ]);
  return {
    // The mount is only there for the keeper; its view is reached through /proc.
    path: `/proc/${keeper.pid}/root${place}`,
    async close() {
      const ended = once(keeper, 'exit');
      keeper.stdin.end();
      await ended;
      await rm(root, { recursive: true });
    },
  };
}
