import { rm } from 'node:fs/promises';

/** removeStaleSocket makes room where an agent that was killed listened; the directory's lock says that it is gone. */
export async function removeStaleSocket(path: string): Promise<void> {
  await rm(path, { force: true });
}
