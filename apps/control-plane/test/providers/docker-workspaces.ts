import { randomUUID } from 'node:crypto';
import { startTestServer, type TestServer } from '@spt-flow/db/testing/test-database';
import type { Database } from '@spt-flow/db/client';
import { afterAll, beforeAll } from 'vitest';
import { newDockerStage, type DockerStage } from './docker-stage.ts';
import { startWorkspacesServer, type WorkspacesServer } from '../workspaces/workspaces-server.ts';

const OPEN_TIMEOUT_MS = 90_000;

/** DockerWorkspaces are workspaces that run in the engine of this machine. */
export interface DockerWorkspaces {
  readonly db: Database;
  readonly server: WorkspacesServer;
  readonly stage: DockerStage;
}

interface OwnEngine {
  readonly socket: string;
  stop(): Promise<void>;
}

/** useDockerWorkspaces opens them once for all tests of the file, in an engine that is there unless told. */
export function useDockerWorkspaces(startEngine?: () => Promise<OwnEngine>): DockerWorkspaces {
  let engine: OwnEngine | undefined;
  let postgres: TestServer;
  let database: Awaited<ReturnType<TestServer['createDatabase']>>;
  let stage: DockerStage;
  let server: WorkspacesServer;
  beforeAll(async () => {
    postgres = await startTestServer();
    database = await postgres.createDatabase();
    engine = await startEngine?.();
    stage = await newDockerStage({
      routeAgentUpgrade: (_request, socket) => socket.destroy(),
      ...(engine && { socket: engine.socket }),
    });
    server = await startWorkspacesServer({
      db: database.db,
      installationId: randomUUID(),
      dataDirectory: stage.dataDirectory,
      docker: (route) => stage.create(route),
    });
  }, OPEN_TIMEOUT_MS);
  afterAll(async () => {
    await server.close();
    await stage.close();
    await engine?.stop();
    await database.close();
    await postgres.stop();
  });
  return {
    get db() {
      return database.db;
    },
    get server() {
      return server;
    },
    get stage() {
      return stage;
    },
  };
}
