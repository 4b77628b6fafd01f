import { mkdir, readdir, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { prepareDataDirectory } from '../boot/data-directory.ts';
import { beginRestoring, endRestoring, restoringProcess } from '../boot/restored.ts';
import { unpackFiles } from './archive.ts';
import { BackupError, explainFailure } from './backup-error.ts';
import { keyCheck } from './installation-key.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { checkPart, readPart } from './parts.ts';
import { assertKnown, loadRows } from './rows-repository.ts';

/** Of the text of rows, with indexes and the log of the load. */
const DATABASE_FACTOR = 3;
const MEBIBYTE = 1024 ** 2;

export interface RestoreOptions {
  readonly folder: string;
  readonly dataDirectory: string;
  readonly databaseUrl: string | undefined;
  readonly secretKey: string | undefined;
  readonly migrationsFolder: string;
  readonly report: (step: string) => void;
}

/** restoreBackup fills an empty data directory, and an empty database; all of the backup is checked before. */
export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
  const folder = path.resolve(options.folder);
  const root = path.resolve(options.dataDirectory);
  const manifest = await readManifest(folder);
  await assertKnown(manifest.database, { ...options, ...manifest });
  assertKey(manifest, options);
  await assertEmpty(root);
  options.report('Checking the backup');
  for (const part of manifest.parts) await checkPart(folder, part);
  try {
    await assertSpace(root, manifest, options);
    await fill({ ...options, folder, dataDirectory: root }, manifest);
  } catch (error) {
    throw explainFailure(error, root);
  }
  return manifest;
}

function assertKey({ key }: Manifest, { secretKey }: RestoreOptions): void {
  if (secretKey !== undefined && keyCheck(secretKey) !== key.check)
    throw new BackupError(
      'SPT_FLOW_SECRET_KEY is not the key of this backup: set the one that spt-flow had, or none if the backup holds it',
    );
  if (secretKey === undefined && key.where !== 'inside')
    throw new BackupError(
      'The secret key is not in the backup: set SPT_FLOW_SECRET_KEY, or SPT_FLOW_SECRET_KEY_FILE to the secret.key that you kept. Nothing can start without it',
    );
}

/** What a killed restore left is ours to remove. */
async function assertEmpty(root: string): Promise<void> {
  const found = await readdir(root).catch(() => []);
  const owner = restoringProcess(root);
  if (owner !== undefined && isAlive(owner))
    throw new BackupError(
      `Another restore into "${root}" runs (process ${owner}): wait for it, or end it`,
    );
  if (owner === undefined && found.length > 0)
    throw new BackupError(
      `The data directory "${root}" is not empty, and nothing in it is replaced: name an empty one with --data-dir`,
    );
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function assertSpace(
  root: string,
  { parts }: Manifest,
  { databaseUrl, report }: RestoreOptions,
): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o711 });
  const { bavail, bsize } = await statfs(root);
  const rowsFactor = databaseUrl === undefined ? DATABASE_FACTOR : 0;
  const needed = parts.reduce(
    (sum, { file, unpackedBytes }) =>
      sum + unpackedBytes * (file.startsWith('rows.') ? rowsFactor : 1),
    0,
  );
  if (needed > bavail * bsize)
    throw new BackupError(
      `"${root}" has ${mebibytes(bavail * bsize)} left and needs ${mebibytes(needed)}: make room, or choose another disk with --data-dir`,
    );
  report(`Writing ${mebibytes(needed)} into ${root}`);
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / MEBIBYTE)} MiB`;
}

async function fill(options: RestoreOptions, manifest: Manifest): Promise<void> {
  const { folder, dataDirectory: root } = options;
  beginRestoring(root);
  const paths = prepareDataDirectory(root);
  options.report('Restoring the files');
  for (const file of ['files.tar.gz', 'objects.tar.gz'])
    await unpackFiles(root, readPart(folder, file));
  if (manifest.key.where === 'left_out' && options.secretKey !== undefined)
    await writeFile(paths.secretKey, `${options.secretKey}\n`, { mode: 0o600 });
  options.report('Restoring the database');
  await loadRows(
    { url: options.databaseUrl, directory: paths.database },
    {
      dump: manifest.database,
      migrationsFolder: options.migrationsFolder,
      read: (file) => readPart(folder, file),
    },
  );
  endRestoring(root);
}
