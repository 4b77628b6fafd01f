import { readdir } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabase } from '../src/migrate.ts';
import { MIGRATIONS_FOLDER, TEST_SERVERS } from '../src/testing/test-cluster.ts';
import { startTestServer, type TestServer } from '../src/testing/test-database.ts';

async function migrationCount(): Promise<number> {
  return (await readdir(MIGRATIONS_FOLDER)).filter((name) => name.endsWith('.sql')).length;
}

describe.each(TEST_SERVERS)('migrations on the %s server', (kind) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer(kind);
  });

  afterAll(() => server.stop());

  it('leave a database alone that is up to date', async () => {
    const connection = await server.createDatabase();

    await migrateDatabase(connection.db, MIGRATIONS_FOLDER);
    const { rows } = await connection.db.execute(
      sql`select count(*)::int as count from drizzle.__drizzle_migrations`,
    );
    await connection.close();

    expect(rows).toEqual([{ count: await migrationCount() }]);
  });

  it('run once when two start at the same time', async () => {
    const connection = await server.createDatabase();
    await connection.db.execute(sql`drop schema drizzle cascade`);
    await connection.db.execute(sql`drop schema public cascade`);
    await connection.db.execute(sql`create schema public`);

    await Promise.all([1, 2].map(() => migrateDatabase(connection.db, MIGRATIONS_FOLDER)));
    const { rows } = await connection.db.execute(
      sql`select count(*)::int as count from drizzle.__drizzle_migrations`,
    );
    await connection.close();

    expect(rows).toEqual([{ count: await migrationCount() }]);
  });

  it.each([
    ['a newer version', 99999999999999, 'newer spt-flow'],
    ['a state between two versions', 1, 'between two versions'],
  ])('refuse a database that %s has changed', async (_who, at, words) => {
    const connection = await server.createDatabase();
    await connection.db.execute(
      sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('other', ${at})`,
    );

    const migrating = migrateDatabase(connection.db, MIGRATIONS_FOLDER);

    await expect(migrating).rejects.toThrow(words);
    await connection.close();
  });

  it('index every foreign key', async () => {
    const connection = await server.createDatabase();

    const { rows: missing } = await connection.db.execute(sql`
      select c.conrelid::regclass::text as "table", a.attname as "column"
      from pg_constraint c
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
      where c.contype = 'f' and not exists (
        select 1 from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1]
      )`);
    await connection.close();

    expect(missing).toEqual([]);
  });
});
