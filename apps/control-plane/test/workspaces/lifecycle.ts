import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { openDatabase, type DatabaseConnection } from '@spt-flow/db/client';
import { startTestServer, type TestServer } from '@spt-flow/db/testing/test-database';
import { findMarked } from '../../src/features/providers/local/leftovers.ts';
import { seedProject, seedTenant, type Tenant } from './seed.ts';
import {
  newDataDirectory,
  startWorkspacesServer,
  type ServerOptions,
  type WorkspacesServer,
} from './workspaces-server.ts';

/** useLifecycle gives each test a database, a data directory and a booted server, and checks that no process is left. */
export function useLifecycle() {
  const parts: Partial<{
    postgres: TestServer;
    database: Awaited<ReturnType<TestServer['createDatabase']>>;
    /** The server's own, so that it can be cut off from the database like a killed one. */
    connection: DatabaseConnection;
    server: WorkspacesServer;
    tenant: Tenant;
    data: Awaited<ReturnType<typeof newDataDirectory>>;
    installationId: string;
  }> = {};

  function part<K extends keyof typeof parts>(name: K): NonNullable<(typeof parts)[K]> {
    const value = parts[name];
    if (value === undefined) throw new Error(`There is no ${name} outside of a test`);
    return value;
  }

  /** Starts another control plane on the same data; the test has ended or abandoned the one before. */
  async function restart(
    limits?: ServerOptions['limits'],
    { tellsPath }: Pick<ServerOptions, 'tellsPath'> = {},
  ): Promise<void> {
    const connection = openDatabase(part('database').target);
    const { port } = new URL(parts.server?.agentsServer.url ?? 'http://localhost:0');
    parts.connection = connection;
    const server = await startWorkspacesServer({
      db: connection.db,
      installationId: part('installationId'),
      dataDirectory: part('data').path,
      port: Number(port),
      ...(limits && { limits }),
      ...(tellsPath && { tellsPath }),
    });
    parts.server = server;
    await server.workspaces.boot();
  }

  /** As near to SIGKILL as a server in the test's own process comes: it stops nothing and can store nothing any more. */
  async function kill(): Promise<void> {
    await part('connection').close();
    await part('server').abandon();
  }

  async function running(options?: Parameters<WorkspacesServer['create']>[1]): Promise<string> {
    const id = await part('server').create(part('tenant'), options);
    await part('server').workspaces.service.ensureReady(id, { correlationId: 'test' });
    return id;
  }

  beforeAll(async () => {
    parts.postgres = await startTestServer();
  });
  afterAll(() => parts.postgres?.stop());
  beforeEach(async () => {
    parts.database = await part('postgres').createDatabase();
    parts.tenant = await seedTenant(parts.database.db);
    parts.installationId = randomUUID();
    parts.data = await newDataDirectory();
    await restart();
  });
  afterEach(async () => {
    await part('server').close();
    await part('connection').close();
    expect(await findMarked({ SPT_FLOW_INSTALLATION_ID: part('installationId') })).toEqual([]);
    await part('data').remove();
    delete parts.server;
    await part('database').close();
  });

  return {
    restart,
    kill,
    running,
    exec: (id: string, command: string) =>
      part('server').workspaces.content.exec(id, {
        command,
        timeoutSeconds: 20,
        correlationId: 'test',
      }),
    newProject: () => seedProject(part('database').db, part('tenant')),
    project: (id: string) => path.join(part('data').path, 'workspaces', id, 'project'),
    processOf,
    get server() {
      return part('server');
    },
    get database() {
      return part('database');
    },
    get tenant() {
      return part('tenant');
    },
    get installationId() {
      return part('installationId');
    },
    get dataDirectory() {
      return part('data').path;
    },
  };
}

const PROGRAMS = { agent: process.execPath, keeper: '/bin/sh' };

/** The process of the agent itself, or of what keeps it running, as this machine sees it. */
async function processOf(workspaceId: string, part: keyof typeof PROGRAMS): Promise<number> {
  for (const pid of await findMarked({ SPT_FLOW_WORKSPACE_ID: workspaceId })) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.startsWith(PROGRAMS[part]) && command.includes('--config-stdin')) return pid;
  }
  throw new Error(`no ${part}`);
}
