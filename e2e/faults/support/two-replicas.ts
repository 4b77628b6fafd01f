import { startTestServer } from '@spt-flow/db/testing/test-database';
import { createAdmin } from '../../harness/admin.ts';
import { freePort } from '../../harness/free-port.ts';
import { createDataDirectory, startProduct } from '../../harness/product.ts';
import { runningAs, type Running } from './running-product.ts';

export interface TwoReplicas {
  readonly first: Running;
  readonly second: Running;
  /** Where the first listens for the others. */
  readonly door: string;
  close(): Promise<void>;
}

/** startTwoReplicas runs two control planes on one PostgreSQL and one data directory. */
export async function startTwoReplicas(): Promise<TwoReplicas> {
  const server = await startTestServer();
  const database = await server.createDatabase();
  const directory = await createDataDirectory();
  const { target } = database;
  if (!('socketDirectory' in target)) throw new Error('The database has no socket');
  const host = encodeURIComponent(target.socketDirectory);
  const DATABASE_URL = `postgresql://spt_flow@${host}/${target.database ?? ''}`;

  async function start(token?: string): Promise<{ running: Running; door: string }> {
    const door = `127.0.0.1:${await freePort()}`;
    const env = { DATABASE_URL, SPT_FLOW_SERVER_REPLICA_ADDRESS: door };
    const product = await startProduct({ dataDirectory: directory.path, env });
    const known = token ?? (await createAdmin(product)).token;
    return { running: runningAs({ product, token: known, env }), door };
  }

  const { running: first, door } = await start();
  const { running: second } = await start(first.token);
  return {
    ...{ first, second, door },
    async close() {
      await second.close();
      await first.close();
      await database.close();
      await server.stop();
      await directory.remove();
    },
  };
}
