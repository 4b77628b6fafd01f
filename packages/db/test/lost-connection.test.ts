import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseConnection, Queryable } from '../src/client.ts';
import { isConnectionError } from '../src/connection-error.ts';
import { startTestServer, type TestServer } from '../src/testing/test-database.ts';

describe('a connection that the server ends', () => {
  let server: TestServer;
  let connection: DatabaseConnection;
  let other: DatabaseConnection;

  beforeAll(async () => {
    server = await startTestServer();
    connection = await server.createDatabase();
    other = await server.createDatabase();
  });

  afterAll(async () => {
    await connection.close();
    await other.close();
    await server.stop();
  });

  async function pidOf(queryable: Queryable): Promise<number> {
    const { rows } = await queryable.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    return Number(rows[0]?.pid);
  }

  /** Resolves when the backend is gone. */
  async function end(pid: number): Promise<void> {
    await other.db.execute(sql`select pg_terminate_backend(${pid}, 5000)`);
  }

  async function isGone(queryable: Queryable): Promise<boolean> {
    const failure = await pidOf(queryable).catch((error: unknown) => error);
    return isConnectionError(failure);
  }

  it('fails the whole transaction that holds it, and nothing after it', async () => {
    await connection.db.execute(sql`create table written (round int)`);

    for (let round = 0; round < 10; round += 1) {
      const failing = connection.db.transaction(async (tx) => {
        await tx.execute(sql`insert into written values (${round})`);
        await end(await pidOf(tx));
        await expect.poll(() => isGone(tx)).toBe(true);
        await tx.execute(sql`insert into written values (${round})`);
      });
      expect(isConnectionError(await failing.catch((error: unknown) => error))).toBe(true);
    }

    const { rows } = await connection.db.execute(sql`select round from written`);
    expect(rows).toEqual([]);
  });

  it('is replaced when statements and transactions wait for it', async () => {
    const begin = () => connection.db.transaction((tx) => pidOf(tx));
    for (let round = 0; round < 5; round += 1) {
      const pids = await Promise.all(Array.from({ length: 5 }, begin));
      const asked = Array.from({ length: 100 }, (_, index) =>
        index % 2 === 0 ? begin() : pidOf(connection.db),
      );
      const settled = Promise.allSettled(asked);
      await Promise.all(pids.map((pid) => end(pid)));
      for (const outcome of await settled)
        if (outcome.status === 'rejected') expect(isConnectionError(outcome.reason)).toBe(true);
    }

    const answers = await Promise.all(Array.from({ length: 50 }, begin));
    expect(answers).toHaveLength(50);
  });

  it('keeps the reason why a transaction failed, when it cannot even be rolled back', async () => {
    const failing = connection.db.transaction(async (tx) => {
      await end(await pidOf(tx));
      throw new Error('the reason');
    });

    await expect(failing).rejects.toThrow('the reason');
  });

  it('is heard on again by who listens, who is told of the gap', async () => {
    const heard: string[] = [];
    let gaps = 0;
    const stop = await connection.listen(
      'news',
      (payload) => heard.push(payload),
      () => (gaps += 1),
    );

    await connection.db.execute(sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query ilike 'listen%'`);
    await expect.poll(() => gaps, { timeout: 20_000 }).toBe(1);
    await connection.db.execute(sql`select pg_notify('news', 'after')`);

    await expect.poll(() => heard).toEqual(['after']);
    await stop();
  });
});
