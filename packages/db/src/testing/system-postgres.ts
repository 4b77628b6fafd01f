import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { databaseAccount } from '../embedded-account.ts';
import { initializeCluster } from '../embedded-cluster.ts';
import { chooseSocketDirectory } from '../embedded-socket.ts';
import { startSupervised } from '../embedded-supervisor.ts';

const SYSTEM_VERSIONS = '/usr/lib/postgresql';

/** startSystemDatabase runs the newest PostgreSQL that the distribution installed. */
export async function startSystemDatabase(
  directory: string,
): Promise<{ socketDirectory: string; stop(): Promise<void> }> {
  const [newest] = (await readdir(SYSTEM_VERSIONS)).sort(
    (left, right) => Number(right) - Number(left),
  );
  if (newest === undefined) throw new Error(`There is no PostgreSQL in ${SYSTEM_VERSIONS}`);
  const programs = path.join(SYSTEM_VERSIONS, newest, 'bin');
  const binaries = {
    initdb: path.join(programs, 'initdb'),
    postgres: path.join(programs, 'postgres'),
  };
  const account = await databaseAccount();
  const dataDirectory = path.join(directory, 'data');
  await initializeCluster({ binaries, dataDirectory, account });
  const socketDirectory = await chooseSocketDirectory(directory, account);
  const server = await startSupervised({
    postgres: binaries.postgres,
    dataDirectory,
    socketDirectory,
    account,
  });
  return { socketDirectory, stop: server.stop };
}
