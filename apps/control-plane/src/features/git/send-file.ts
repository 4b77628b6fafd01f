import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WorkspaceGit } from './workspace-git.ts';

const BLOCK_BYTES = 1024 * 1024;
const CHUNK_BLOCKS = 8;

/** sendFile sends in pieces, each a command of its own, so that memory stays small on both sides. */
export async function sendFile(git: WorkspaceGit, file: string, target: string): Promise<void> {
  const source = await open(file);
  try {
    const piece = Buffer.alloc(CHUNK_BLOCKS * BLOCK_BYTES);
    for (let index = 0; ; index += 1) {
      const { bytesRead } = await source.read(piece, 0, piece.length, index * piece.length);
      if (bytesRead === 0) return;
      const place = [`of=${target}`, `obs=${BLOCK_BYTES}`, `seek=${index * CHUNK_BLOCKS}`];
      const keep = index === 0 ? [] : ['conv=notrunc'];
      await git.run({ argv: ['dd', ...place, ...keep], input: piece.subarray(0, bytesRead) });
    }
  } finally {
    await source.close();
  }
}

export async function withTemporaryDirectory(
  use: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-git-'));
  try {
    await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
