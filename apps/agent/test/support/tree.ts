import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the agent logs is no part of what it keeps. */
const LOGGED = /\.ndjson$/;

/** Every path below a folder with its kind, mode and content: what "exactly the same" is compared by. */
export async function snapshotTree(root: string): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  // Not `recursive: true`, which follows links.
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (LOGGED.test(entry.name)) continue;
    const path = join(root, entry.name);
    entries.push([entry.name, await describe(path)]);
    if (!entry.isDirectory()) continue;
    for (const [name, text] of Object.entries(await snapshotTree(path)))
      entries.push([`${entry.name}/${name}`, text]);
  }
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

async function describe(path: string): Promise<string> {
  const info = await lstat(path);
  const mode = (info.mode & 0o7777).toString(8);
  if (!info.isFile()) return `${info.isDirectory() ? 'directory' : 'other'} ${mode}`;
  return `file ${mode} ${(await readFile(path)).toString('base64')}`;
}
