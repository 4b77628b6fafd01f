import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import createIgnore, { type Ignore } from 'ignore';

const OWNER_RUNS = 0o100;

export interface LocalFile {
  /** With forward slashes, below the directory. */
  readonly path: string;
  /** Undefined where files have no such mode. */
  readonly executable: boolean | undefined;
  read(): Promise<Buffer>;
}

interface LocalTree {
  readonly files: readonly LocalFile[];
  readonly leftOut: readonly string[];
  /** Whether the rules of the directory name a file, be it there or not. */
  isIgnored(path: string): boolean;
}

/** readLocalTree lists the files of a directory as git would: without what its .gitignore files name. */
export async function readLocalTree(root: string): Promise<LocalTree> {
  const rules = new Map<string, Ignore>();
  const files: LocalFile[] = [];
  const leftOut: string[] = [];

  async function walk(folder: string): Promise<void> {
    const here = path.join(root, folder);
    const entries = await readdir(here, { withFileTypes: true });
    if (entries.some((entry) => entry.name === '.gitignore' && entry.isFile()))
      rules.set(folder, createIgnore().add(await readFile(path.join(here, '.gitignore'), 'utf8')));
    for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.name === '.git' || isNamed(rules, entry.isDirectory() ? `${name}/` : name))
        continue;
      if (entry.isDirectory()) await walk(name);
      else if (entry.isFile()) files.push(await describe(root, name));
      else leftOut.push(name);
    }
  }

  await walk('');
  return { files, leftOut, isIgnored: (name) => isBelowNamed(rules, name) };
}

async function describe(root: string, name: string): Promise<LocalFile> {
  const place = path.join(root, name);
  const { mode } = await stat(place);
  return {
    path: name,
    executable: process.platform === 'win32' ? undefined : (mode & OWNER_RUNS) !== 0,
    read: () => readFile(place),
  };
}

/** The innermost file of rules that says something about a path decides. */
function isNamed(rules: ReadonlyMap<string, Ignore>, name: string): boolean {
  const folders = name.replace(/\/$/, '').split('/').slice(0, -1);
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    const folder = folders.slice(0, depth).join('/');
    const verdict = rules.get(folder)?.test(folder === '' ? name : name.slice(folder.length + 1));
    if (verdict?.ignored || verdict?.unignored) return verdict.ignored;
  }
  return false;
}

function isBelowNamed(rules: ReadonlyMap<string, Ignore>, name: string): boolean {
  const parts = name.split('/');
  const folders = parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join('/')}/`);
  return [...folders, name].some((part) => isNamed(rules, part));
}
