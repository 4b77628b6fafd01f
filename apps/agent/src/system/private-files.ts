import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** makeDirectory makes a directory that only the agent's user may read, and what is above it. */
export async function makeDirectory(path: string, mode = 0o700): Promise<void> {
  await mkdir(path, { recursive: true, mode });
}

/** writeTemporaryFiles writes files by name into a new directory, which it returns; nobody else may read them. */
export async function writeTemporaryFiles(
  parent: string,
  filesFor: (directory: string) => Readonly<Record<string, string>>,
): Promise<string> {
  const directory = await mkdtemp(join(parent, '/'));
  for (const [name, content] of Object.entries(filesFor(directory)))
    await writeFile(join(directory, name), `${content}\n`, { mode: 0o600 });
  return directory;
}

export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
