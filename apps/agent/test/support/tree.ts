import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Every path below a folder with its kind, mode and content: what "exactly the same" is compared by. */
export async function snapshotTree(root: string): Promise<Record<string, string>> {
  const names = (await readdir(root, { recursive: true })).sort();
  const entries = await Promise.all(names.map(async (name) => [name, await describe(join(root, name))] as const));
  return Object.fromEntries(entries);
}

async function describe(path: string): Promise<string> {
  const info = await lstat(path);
  const mode = (info.mode & 0o7777).toString(8);
  if (!info.isFile()) return `${info.isDirectory() ? 'directory' : 'other'} ${mode}`;
  return `file ${mode} ${(await readFile(path)).toString('base64')}`;
}
