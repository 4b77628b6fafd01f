import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './root.mjs';

/** Tests, and what the dashboard's build writes beside its sources. */
const NOT_BUILT = /\.test\.[cm]?[jt]sx?$|^components\.d\.ts$/;
const OUTSIDE_OF_BUILDS = new Set(['node_modules', 'dist', 'coverage', 'test', 'testing']);

/** treeHash changes when the name or content of a file below the paths changes; tests do not count. */
export async function treeHash(paths) {
  const hash = createHash('sha256');
  for (const file of (await Promise.all(paths.map(filesBelow))).flat().sort()) {
    hash
      .update(`${file}\0`)
      .update(await readFile(path.join(ROOT, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

async function filesBelow(relative) {
  const found = await stat(path.join(ROOT, relative)).catch(() => undefined);
  if (!found) return [];
  if (!found.isDirectory()) return [relative];
  const entries = await readdir(path.join(ROOT, relative), { withFileTypes: true });
  const nested = entries.map((entry) => {
    const child = `${relative}/${entry.name}`;
    if (entry.isDirectory()) return OUTSIDE_OF_BUILDS.has(entry.name) ? [] : filesBelow(child);
    return NOT_BUILT.test(entry.name) ? [] : [child];
  });
  return (await Promise.all(nested)).flat();
}
