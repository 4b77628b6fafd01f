import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { DataPaths } from '../boot/data-directory.ts';
import { readSecretKey } from '../boot/secret-key.ts';
import { packFiles } from './archive.ts';
import { BackupError, explainFailure } from './backup-error.ts';
import { keyCheck } from './installation-key.ts';
import { MANIFEST, manifestOf, type Leavable, type Manifest, type Part } from './manifest.ts';
import { writePart } from './parts.ts';
import { dumpRows } from './rows-repository.ts';

export interface BackupOptions {
  /** The folder that is made. */
  readonly folder: string;
  readonly paths: DataPaths;
  readonly databaseUrl: string | undefined;
  /** Where it is given and not generated. */
  readonly secretKey: string | undefined;
  readonly withoutKey: boolean;
  readonly without: readonly Leavable[];
  readonly version: string;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly report: (step: string) => void;
}

/**
 * makeBackup makes a folder with all that an installation is, while it runs. Under its name it is whole: until then it
 * has another one.
 */
export async function makeBackup(options: BackupOptions): Promise<Manifest> {
  const folder = path.resolve(options.folder);
  await assertFree(folder, options.paths.root);
  const unfinished = `${folder}.partial`;
  try {
    await mkdir(path.dirname(folder), { recursive: true });
    await makeUnfinished(unfinished);
  } catch (error) {
    throw explainFailure(error, folder);
  }
  try {
    const manifest = await fill(unfinished, options);
    await rename(unfinished, folder);
    return manifest;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw explainFailure(error, folder);
  }
}

async function assertFree(folder: string, root: string): Promise<void> {
  if (folder === root || folder.startsWith(`${root}${path.sep}`))
    throw new BackupError(
      `"${folder}" is in the data directory, and would be lost with it: choose a folder elsewhere`,
    );
  if (await exists(folder))
    throw new BackupError(`"${folder}" is there already: choose another name`);
}

async function makeUnfinished(unfinished: string): Promise<void> {
  await mkdir(unfinished, { mode: 0o700 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new BackupError(
      `"${unfinished}" is there: another backup is being made, or was killed. Choose another name, or delete it if none runs`,
    );
  });
}

/** Rows first: what they name is in the files, which are read later. */
async function fill(folder: string, options: BackupOptions): Promise<Manifest> {
  const { paths, databaseUrl: url, signal, report } = options;
  const parts: Part[] = [];
  async function add(file: string, source: Readable): Promise<void> {
    parts.push(await writePart(folder, file, { source, signal }));
  }
  const key = findKey(options);
  report('Reading the database');
  const database = await dumpRows({ url, directory: paths.database }, add);
  report('Reading the files');
  const names = await namesOf(paths, options);
  await add('files.tar.gz', packFiles(paths.root, names.files));
  // A branch is written after what it points to, so it is read before.
  await add('objects.tar.gz', packFiles(paths.root, names.objects));
  const { now, version: madeBy, without } = options;
  const facts = { createdAt: now.toISOString(), madeBy, key, without: [...without] };
  const manifest = manifestOf({ ...facts, database, parts });
  await writeManifest(folder, manifest);
  return manifest;
}

function findKey({ paths, secretKey, withoutKey }: BackupOptions): Manifest['key'] {
  if (secretKey !== undefined) return { where: 'configured', check: keyCheck(secretKey) };
  const key = readSecretKey(paths.secretKey);
  if (key === undefined)
    throw new BackupError(
      `There is no secret key in "${paths.root}": set SPT_FLOW_SECRET_KEY as spt-flow has it, or name the data directory with --data-dir`,
    );
  return { where: withoutKey ? 'left_out' : 'inside', check: keyCheck(key) };
}

/** What is in the data directory, without what is read in another way, or of a moment only. */
async function namesOf(
  paths: DataPaths,
  { secretKey, withoutKey, without }: Pick<BackupOptions, 'secretKey' | 'withoutKey' | 'without'>,
): Promise<{ files: string[]; objects: string[] }> {
  const repositories = path.basename(paths.repositories);
  const leftOut = new Set([
    ...without,
    ...[paths.database, paths.temporary, paths.log, paths.repositories].map((entry) =>
      path.basename(entry),
    ),
    ...(withoutKey || secretKey !== undefined ? [path.basename(paths.secretKey)] : []),
  ]);
  const files = (await readdir(paths.root)).filter((name) => !leftOut.has(name));
  const objects: string[] = [];
  for (const repository of await readdir(paths.repositories)) {
    const within = await readdir(path.join(paths.repositories, repository)).catch(() => []);
    for (const name of within)
      (name === 'objects' ? objects : files).push(`${repositories}/${repository}/${name}`);
  }
  return { files, objects };
}

async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const file = await open(path.join(folder, MANIFEST), 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

function exists(target: string): Promise<boolean> {
  return stat(target).then(
    () => true,
    () => false,
  );
}
