import { mkdir, rm } from 'node:fs/promises';

/** Empties the place where a change set lays down its contents and undo data. */
export async function clearStage(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o700 });
}
