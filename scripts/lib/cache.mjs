import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { withLock } from './file-lock.mjs';

const DAY_MS = 24 * 60 * 60 * 1_000;
const UNUSED_DAYS = 14;
const ENTRY = /-[0-9a-f]{16}$/;
const UNFINISHED = '.unfinished-';

/** What this process has seen to be whole, so that it is read once. */
const seen = new Map();

/** cacheFolder is outside of the checkout: a fresh clone finds what another one made. */
export function cacheFolder(env = process.env) {
  const base = env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.resolve(env.SPT_FLOW_CACHE || path.join(base, 'spt-flow'));
}

/**
 * cached is the folder that `make` filled, now or for another clone. `recipe` is all that its content depends on. What
 * is kept has to be what was made then, byte for byte; otherwise it is made again.
 */
export function cached({ name, recipe }, make) {
  const key = createHash('sha256')
    .update(JSON.stringify([process.platform, process.arch, recipe]))
    .digest('hex');
  const entry = path.join(cacheFolder(), `${name}-${key.slice(0, 16)}`);
  const known = seen.get(entry);
  if (known) return known;
  const folder = provide(entry, make);
  seen.set(entry, folder);
  folder.catch(() => seen.delete(entry));
  return folder;
}

async function provide(entry, make) {
  // First, since whatever was not used for long may be removed by another clone.
  await touch(entry);
  if (!(await isWhole(entry))) {
    const { base, dir } = path.parse(entry);
    const place = createHash('sha256').update(dir).digest('hex').slice(0, 8);
    await withLock(`spt-flow-cache-${place}-${base}`, async () => {
      if (!(await isWhole(entry))) await replace(entry, make);
    });
    await prune(dir);
  }
  return path.join(entry, 'content');
}

async function touch(entry) {
  const now = new Date();
  await utimes(entry, now, now).catch(() => {});
}

async function isWhole(entry) {
  const [sum, actual] = await Promise.all([
    readFile(path.join(entry, 'sum'), 'utf8').catch(() => undefined),
    sumOf(path.join(entry, 'content')).catch(() => ''),
  ]);
  return sum === actual;
}

/** Made beside its place and moved there at the end: what is interrupted must not look finished. */
async function replace(entry, make) {
  const { base, dir } = path.parse(entry);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const workshop = await mkdtemp(path.join(dir, UNFINISHED));
  const made = path.join(workshop, base);
  const content = path.join(made, 'content');
  try {
    await mkdir(content, { recursive: true });
    await make(content);
    await writeFile(path.join(made, 'sum'), await sumOf(content));
    // Moved, not deleted: whoever runs a program of it keeps that until it ends.
    await rename(entry, path.join(workshop, 'damaged')).catch(unlessMissing);
    await rename(made, entry);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/** The sum of names, kinds, rights to execute and contents. */
async function sumOf(folder) {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.map((entry) => ({ entry, file: path.join(entry.parentPath, entry.name) }));
  files.sort((left, right) => (left.file < right.file ? -1 : 1));
  for (const { entry, file } of files) {
    const name = path.relative(folder, file);
    if (entry.isSymbolicLink()) hash.update(`link ${name}\0${await readlink(file)}\0`);
    else if (entry.isDirectory()) hash.update(`folder ${name}\0`);
    else {
      const { mode, size } = await stat(file);
      hash.update(`file ${name}\0${mode & 0o100} ${size}\0`);
      for await (const chunk of createReadStream(file)) hash.update(chunk);
    }
  }
  return hash.digest('hex');
}

/** Entries that no clone used for two weeks, and what interrupted ones left. */
async function prune(folder) {
  for (const name of await readdir(folder)) {
    const isLeftOver = name.startsWith(UNFINISHED);
    if (!isLeftOver && !ENTRY.test(name)) continue;
    const file = path.join(folder, name);
    const found = await stat(file).catch(unlessMissing);
    if (!found) continue;
    const days = (Date.now() - found.mtimeMs) / DAY_MS;
    if (days > (isLeftOver ? 1 : UNUSED_DAYS)) await rm(file, { recursive: true, force: true });
  }
}

function unlessMissing(error) {
  if (error.code !== 'ENOENT') throw error;
}
