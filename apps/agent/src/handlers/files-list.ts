import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { output } from 'zod/mini';
import type { FileListSchema } from '@spt-flow/shared/agent-protocol/requests';
import { inspectFile } from '../change-set/file-content.ts';
import type { Environment } from '../runtime/spawn-group.ts';
import { withDirectory } from '../system/confined-directory.ts';
import { ignoring } from '../system/errors.ts';
import type { Handler } from './handler.ts';
import { requireDirectory } from './require-directory.ts';

/** Paths that are looked at before sorting and cutting; a bound on the agent's memory. */
const MAX_PATHS = 100_000;
const PARALLEL_STATS = 32;
/** Each holds a buffer. */
const PARALLEL_READS = 4;
const OWNER_RUNS = 0o100;
/** Packages that were installed and what is made of them, also where no `.gitignore` names them yet. */
const INSTALLED_DIRECTORIES = ['node_modules', '.venv', '__pycache__'];
const SKIPPED_DIRECTORIES = new Set(['.git', ...INSTALLED_DIRECTORIES]);

type FileEntry = output<typeof FileListSchema>['entries'][number];

export interface FilesListDeps {
  readonly projectDirectory: string;
  readonly environment: Environment;
}

/** Lists what git would keep where there is a repository, else everything but installed packages. */
export function createFilesListHandler(deps: FilesListDeps): Handler<'files.list'> {
  return async ({ head, stream, accept }) => {
    const segments = await requireDirectory(deps.projectDirectory, head.path);
    const paths =
      (await listWithGit(deps, head.path)) ?? (await walk(deps.projectDirectory, segments));
    const isCut = paths.length > head.limit || paths.length >= MAX_PATHS;
    const sorted = paths.sort(byCodeUnits).slice(0, head.limit);
    const describeOne = head.hashes ? describeContent : describe;
    const atOnce = head.hashes ? PARALLEL_READS : PARALLEL_STATS;
    const entries = await describeAll(sorted, atOnce, (path) =>
      describeOne(deps.projectDirectory, path),
    );
    accept();
    stream.end(JSON.stringify({ entries, truncated: isCut }));
    stream.resume();
  };
}

/** Undefined when the project is no repository, or git is not installed. */
async function listWithGit(deps: FilesListDeps, path: string): Promise<string[] | undefined> {
  const { projectDirectory, environment } = deps;
  if (!(await ignoring(['ENOENT'], () => lstat(join(projectDirectory, '.git'))))) return undefined;
  const options = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false'];
  const selection = [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    ...INSTALLED_DIRECTORIES.map((name) => `--exclude=${name}/`),
    '--',
    path === '' ? '.' : `:(literal)${path}`,
  ];
  const child = spawn('git', [...options, ...selection], {
    cwd: projectDirectory,
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exit = once(child, 'close');
  exit.catch(() => undefined);
  const paths = new Set<string>();
  let rest = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    const names = `${rest}${String(chunk)}`.split('\0');
    rest = names.pop() ?? '';
    for (const name of names) paths.add(name);
    if (paths.size >= MAX_PATHS) child.kill('SIGKILL');
  }
  const [exitCode] = await exit.catch(() => [1]);
  return exitCode === 0 || paths.size >= MAX_PATHS ? [...paths].slice(0, MAX_PATHS) : undefined;
}

async function walk(root: string, start: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  const folders = [start];
  for (
    let folder = folders.pop();
    folder !== undefined && paths.length < MAX_PATHS;
    folder = folders.pop()
  ) {
    const here = folder;
    const children = await ignoring(['ENOENT'], () =>
      withDirectory(root, here, (directory) => readdir(directory.at('.'), { withFileTypes: true })),
    );
    for (const child of children ?? []) {
      if (!child.isDirectory()) paths.push([...here, child.name].join('/'));
      else if (!SKIPPED_DIRECTORIES.has(child.name)) folders.push([...here, child.name]);
    }
  }
  return paths.slice(0, MAX_PATHS);
}

async function describeAll(
  paths: readonly string[],
  atOnce: number,
  describeOne: (path: string) => Promise<FileEntry | undefined>,
): Promise<FileEntry[]> {
  const entries: FileEntry[] = [];
  for (let start = 0; start < paths.length; start += atOnce) {
    const described = await Promise.all(paths.slice(start, start + atOnce).map(describeOne));
    entries.push(...described.filter((entry) => entry !== undefined));
  }
  return entries;
}

/** Undefined for a file that git still knows but that was deleted. */
async function describe(root: string, path: string): Promise<FileEntry | undefined> {
  const info = await ignoring(['ENOENT', 'ENOTDIR'], () => lstat(join(root, path)));
  if (!info) return undefined;
  return {
    path,
    kind: info.isSymbolicLink() ? 'link' : info.isDirectory() ? 'directory' : 'file',
    size: info.size,
  };
}

/** As `describe`, with what the file holds; a link is not followed. */
async function describeContent(root: string, path: string): Promise<FileEntry | undefined> {
  const entry = await describe(root, path);
  if (entry?.kind !== 'file') return entry;
  const content = await ignoring(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'], () =>
    inspectFile(join(root, path)),
  );
  if (content === undefined || typeof content === 'string') return entry;
  return { ...entry, sha256: content.sha256, executable: (content.mode & OWNER_RUNS) !== 0 };
}

function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
