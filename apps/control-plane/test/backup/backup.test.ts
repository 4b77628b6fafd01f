import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPool, type DatabaseTarget } from '@spt-flow/db/client';
import { auditLog, organizations } from '@spt-flow/db/schema';
import { MIGRATIONS_FOLDER } from '@spt-flow/db/testing/test-cluster';
import { BackupError } from '../../src/backup/backup-error.ts';
import { makeBackup } from '../../src/backup/make-backup.ts';
import { restoreBackup } from '../../src/backup/restore-backup.ts';
import { startDatabase } from '../../src/boot/database.ts';
import { dataPaths, prepareDataDirectory } from '../../src/boot/data-directory.ts';
import { wasRestored } from '../../src/boot/restored.ts';
import { loadSecretKey } from '../../src/boot/secret-key.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { createSmallDisk } from '../support/small-disk.ts';

const newDatabase = useDatabases();
const FILE = 'repositories/one.git/refs/heads/main';
/** No process has it. */
const DEAD_PROCESS = 2 ** 22 + 1;
let root: string;
let source: { database: TestDatabase; url: string };
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'spt-backup-'));
  // The account of the embedded database comes through.
  await chmod(root, 0o711);
  folder = path.join(root, 'backup');
  const database = await newDatabase();
  source = { database, url: urlOf(database.target) };
  const paths = prepareDataDirectory(path.join(root, 'data'));
  loadSecretKey(paths.secretKey, undefined);
  await mkdir(path.join(paths.root, path.dirname(FILE)), { recursive: true });
  await mkdir(path.join(paths.repositories, 'one.git', 'objects'));
  await writeFile(path.join(paths.root, FILE), 'abc\n', { mode: 0o640 });
  await writeFile(path.join(paths.repositories, 'one.git', 'objects', 'abc'), 'the object');
});
afterEach(() => rm(root, { recursive: true, force: true }));

function urlOf(target: DatabaseTarget): string {
  if ('url' in target) return target.url;
  return `postgres://spt_flow@/${target.database}?host=${encodeURIComponent(target.socketDirectory)}`;
}

function backup(change: Partial<Parameters<typeof makeBackup>[0]> = {}) {
  return makeBackup({
    ...{ folder, paths: dataPaths(path.join(root, 'data')), databaseUrl: source.url },
    ...{ secretKey: undefined, withoutKey: false, without: [], version: '1.2.3' },
    ...{ now: new Date(), signal: new AbortController().signal, report: () => undefined },
    ...change,
  });
}

function restore(change: Partial<Parameters<typeof restoreBackup>[0]> = {}) {
  return restoreBackup({
    ...{ folder, dataDirectory: path.join(root, 'again'), databaseUrl: undefined },
    ...{ secretKey: undefined, migrationsFolder: MIGRATIONS_FOLDER, report: () => undefined },
    ...change,
  });
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BackupError);
  return error instanceof Error ? error.message : '';
}

/** Everything that makes a database what it is. */
async function contentsOf(target: DatabaseTarget) {
  const pool = createPool({ ...target, maxConnections: 1 });
  try {
    const shape = await pool.query(
      `select conrelid::regclass::text as of, conname, pg_get_constraintdef(oid) as text from pg_constraint
        where connamespace = 'public'::regnamespace
       union all select tgrelid::regclass::text, tgname, tgenabled::text from pg_trigger where not tgisinternal
       order by 1, 2`,
    );
    const rows = await pool.query(
      `select table_name, query_to_xml(format('select * from %I.%I order by 1', table_schema, table_name), true, false, '')::text as rows
         from information_schema.tables where table_schema in ('public', 'drizzle') order by 1`,
    );
    return { shape: shape.rows, rows: rows.rows };
  } finally {
    await pool.end();
  }
}

async function addRows(): Promise<void> {
  const { db } = source.database;
  const [organization] = await db
    .insert(organizations)
    .values({ name: 'Café \t\\N', slug: 'cafe' })
    .returning();
  await db.insert(auditLog).values({
    ...{ organizationId: organization?.id ?? null, principal: 'system', action: 'test' },
    ...{ target: 'x', detail: { text: 'a\nb' }, correlationId: 'c' },
  });
}

it('brings back rows, files, modes and the key, from a server elsewhere into the one of the product', async () => {
  await addRows();
  await backup();
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  for (const name of await readdir(folder))
    expect((await stat(path.join(folder, name))).mode & 0o777).toBe(0o600);

  await restore();

  const again = dataPaths(path.join(root, 'again'));
  expect(await readFile(path.join(again.root, FILE), 'utf8')).toBe('abc\n');
  expect((await stat(path.join(again.root, FILE))).mode & 0o777).toBe(0o640);
  expect(await readFile(again.secretKey, 'utf8')).toBe(
    await readFile(path.join(root, 'data', 'secret.key'), 'utf8'),
  );
  expect(wasRestored(again.root)).toBe(true);
  const started = await startDatabase({
    ...{ url: undefined, directory: again.database, migrationsFolder: MIGRATIONS_FOLDER },
  });
  try {
    const socketDirectory = path.join(again.database, 'run');
    expect(await contentsOf({ socketDirectory })).toEqual(await contentsOf(source.database.target));
  } finally {
    await started.stop();
  }
});

it('refuses a backup that is damaged, cut off, newer or none, before it touches anything', async () => {
  expect(await failure(restore())).toContain('no manifest.json');
  await backup();
  const manifest = path.join(folder, 'manifest.json');
  const text = await readFile(manifest, 'utf8');
  const refusals = [
    [text.replace('"version": 1', '"version": 2'), 'newer spt-flow (1.2.3)'],
    [text.replace(/("migrations": \[)/, '$11, '), 'newer spt-flow (1.2.3)'],
    [text.replace('rows.public', '../rows.public'), 'is damaged'],
    [text.slice(0, -9), 'is damaged'],
  ] as const;
  for (const [changed, words] of refusals) {
    await writeFile(manifest, changed);
    expect(await failure(restore())).toContain(words);
  }
  await writeFile(manifest, text);
  await writeFile(path.join(folder, 'objects.tar.gz'), 'other');
  expect(await failure(restore())).toContain('"objects.tar.gz" of the backup is damaged');
  expect(await readdir(root)).not.toContain('again');
});

it('leaves the key out when it is told to, and then takes that key only', async () => {
  const key = (await readFile(path.join(root, 'data', 'secret.key'), 'utf8')).trim();
  await backup({ withoutKey: true });
  const database = await newDatabase();
  const empty = { databaseUrl: urlOf(database.target) };

  expect(await failure(restore(empty))).toContain('SPT_FLOW_SECRET_KEY_FILE');
  expect(await failure(restore({ ...empty, secretKey: 'x'.repeat(43) }))).toContain(
    'is not the key',
  );
  // The database is migrated already.
  expect(await failure(restore({ ...empty, secretKey: key }))).toContain('give an empty one');

  expect(() => wasRestored(path.join(root, 'again'))).toThrow('npm run restore again');
  expect(await failure(restore())).toContain('SPT_FLOW_SECRET_KEY_FILE');
});

it('fills no directory in which anything is, but one of a restore that was killed', async () => {
  await backup();
  const again = path.join(root, 'again');
  await mkdir(again);
  await writeFile(path.join(again, 'mine'), '');
  expect(await failure(restore())).toContain('is not empty');
  await writeFile(path.join(again, 'restoring'), `${process.pid}\n`);
  expect(await failure(restore())).toContain(`process ${process.pid}`);
  await writeFile(path.join(again, 'restoring'), `${DEAD_PROCESS}\n`);
  // Whatever it ends at, what was left is gone, and the next one may try again.
  expect(await failure(restore({ databaseUrl: source.url }))).toContain('give an empty one');
  expect(await readdir(again)).toEqual(expect.arrayContaining(['restoring', 'secret.key']));
  expect(await readdir(again)).not.toContain('mine');
});

it('makes one under a free name elsewhere only, and leaves nothing of one that failed', async () => {
  await mkdir(folder);
  expect(await failure(backup())).toContain('is there already');
  expect(await failure(backup({ folder: path.join(root, 'data', 'b') }))).toContain('elsewhere');
  await mkdir(path.join(root, 'b.partial'));
  expect(await failure(backup({ folder: path.join(root, 'b') }))).toContain('or was killed');
  const paths = dataPaths(path.join(root, 'nothing'));
  expect(await failure(backup({ paths, folder: path.join(root, 'c') }))).toContain('--data-dir');
  const databaseUrl = 'postgres://nobody@127.0.0.1:1/x';
  expect(await failure(backup({ databaseUrl, folder: path.join(root, 'c') }))).toContain(
    'check DATABASE_URL',
  );
  await writeFile(path.join(root, 'data', 'large'), randomBytes(8 * 1024 ** 2));
  const disk = await createSmallDisk(4);
  try {
    expect(await failure(backup({ folder: path.join(disk.path, 'd') }))).toContain('no space left');
    expect(await readdir(disk.path)).toEqual(['lost+found']);
    expect(await readdir(root)).not.toContain('c.partial');
  } finally {
    await disk.close();
  }
});
