import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { inspect } from 'node:util';
import { sql } from 'drizzle-orm';
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest';
import { createPool } from '@spt-flow/db/client';
import { MIGRATIONS_FOLDER } from '@spt-flow/db/testing/test-cluster';
import { organizations } from '@spt-flow/db/schema';
import { startDatabase, type RunningDatabase } from '../../src/boot/database.ts';
import { StartError } from '../../src/boot/start-error.ts';
import { useDatabases } from '../support/database.ts';
import { portOf } from '../support/ports.ts';

const PASSWORD = 'right-password';
const WRONG_PASSWORD = 'wrong-password';

/** A server that somebody else runs, reached by TCP, with a role that has a password and owns one database. */
describe('a database by URL', () => {
  const newDatabase = useDatabases('system');
  const running: RunningDatabase[] = [];
  let admin: ReturnType<typeof createPool>;
  let door: Server;
  let port: number;
  let name: string;
  let databases = 0;

  beforeAll(async () => {
    const { target } = await newDatabase();
    if (!('socketDirectory' in target)) throw new Error('The server has no socket');
    admin = createPool({ ...target, maxConnections: 1 });
    await askForPassword(admin, 'tenant');
    door = await openDoor(`${target.socketDirectory}/.s.PGSQL.5432`);
    port = await portOf(door);
  });

  afterEach(async () => {
    for (const database of running.splice(0)) await database.stop();
  });

  afterAll(async () => {
    door.close();
    await admin.end();
  });

  async function emptyDatabase(): Promise<void> {
    name = `elsewhere_${++databases}`;
    await admin.query(`create database ${name} owner tenant`);
  }

  async function start({ password = PASSWORD, database = name, at = port } = {}) {
    const url = `postgres://tenant:${password}@127.0.0.1:${at}/${database}`;
    const started = await startDatabase({
      url,
      directory: '/nonexistent',
      migrationsFolder: MIGRATIONS_FOLDER,
    });
    running.push(started);
    return started;
  }

  async function failure(options: Parameters<typeof start>[0]): Promise<unknown> {
    return start(options).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  it('is brought up to date by its owner, who needs no other right', async () => {
    await emptyDatabase();

    const { kind, connection } = await start();

    expect(kind).toBe('postgresql');
    expect(await connection.db.select().from(organizations)).toEqual([]);
  });

  it('keeps what it holds when it is used again', async () => {
    await emptyDatabase();
    const first = await start();
    await first.connection.db.insert(organizations).values({ name: 'Café', slug: 'cafe' });
    await first.stop();

    const second = await start();

    expect(await second.connection.db.select().from(organizations)).toMatchObject([
      { slug: 'cafe' },
    ]);
  });

  it.each([
    ['password is wrong', { password: WRONG_PASSWORD }, /password authentication failed/],
    ['database does not exist', { database: 'nowhere' }, /"nowhere" does not exist/],
    ['server does not answer', { at: 1 }, /ECONNREFUSED/],
  ])('whose %s is refused with the next step and without its password', async (...row) => {
    const [, options, reason] = row;
    await emptyDatabase();

    const error = await failure(options);

    expect(error).toBeInstanceOf(StartError);
    expect(error).toMatchObject({ message: expect.stringMatching(reason) });
    expect(error).toMatchObject({ message: expect.stringMatching(/DATABASE_URL.*check the URL/) });
    expect(inspect(error, { depth: null })).not.toMatch(/(right|wrong)-password/);
  });

  it('that a newer spt-flow has changed is left as it is', async () => {
    await emptyDatabase();
    const { connection } = await start();
    await connection.db.execute(
      sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999)`,
    );

    const error = await failure({});

    expect(error).toBeInstanceOf(StartError);
    expect(error).toMatchObject({ message: expect.stringMatching(/newer spt-flow.*update/) });
  });
});

/** Only the role of the test has to show its password; the others go on as before. */
async function askForPassword(admin: ReturnType<typeof createPool>, role: string) {
  await admin.query(`create role ${role} login password '${PASSWORD}'`);
  const { rows } = await admin.query<{ file: string }>(
    "select current_setting('hba_file') as file",
  );
  const [row] = rows;
  if (!row) throw new Error('The server has no rules of access');
  await writeFile(row.file, `local all ${role} scram-sha-256\nlocal all all trust\n`);
  await admin.query('select pg_reload_conf()');
}

/** The test server has a socket only; a URL of another machine's server leads to a port. */
async function openDoor(socketPath: string): Promise<Server> {
  const server = createServer((client) => {
    const upstream = connect(socketPath);
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
