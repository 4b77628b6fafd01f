import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { vi } from 'vitest';
import type { DatabaseConnection } from '@spt-flow/db/client';
import { createApiClient } from '@spt-flow/shared/api/client';
import type { RouteContract, RouteData, RouteInput } from '@spt-flow/shared/api/route';
import { projectWorkspaces } from '../../src/composition/project-workspaces.ts';
import {
  createProjectsRepository,
  createProjectsService,
} from '../../src/features/projects/index.ts';
import { createSnapshots, registerSnapshotRoutes } from '../../src/features/snapshots/index.ts';
import type { SnapshotsDeps } from '../../src/features/snapshots/snapshots.ts';
import { registerWorkspaceRoutes } from '../../src/features/workspaces/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { createHttpShell } from '../support/http-shell.ts';
import {
  newDataDirectory,
  startWorkspacesServer,
  type ServerOptions,
} from '../workspaces/workspaces-server.ts';
import { NO_HOSTS } from '../support/no-hosts.ts';

export const MAX_SNAPSHOTS = 3;

export type SnapshotsStage = Awaited<ReturnType<typeof startSnapshotsStage>>;

/** startSnapshotsStage serves snapshots over HTTP, with real agents, real files and a real database. */
export async function startSnapshotsStage(
  { db }: DatabaseConnection,
  {
    docker,
    bucket = null,
  }: { docker?: ServerOptions['docker']; bucket?: SnapshotsDeps['bucket'] } = {},
) {
  const data = await newDataDirectory();
  let startsToRefuse = 0;
  const machines = await startWorkspacesServer({
    ...{ db, docker },
    installationId: randomUUID(),
    dataDirectory: data.path,
    limits: { firstRetryMs: 10 },
    policy: ({ action }) => {
      if (action !== 'start' || startsToRefuse === 0) return [];
      startsToRefuse -= 1;
      const denial = { rule: 'test', title: 'Test', resource: 'start', reason: 'Too early' };
      return [{ ...denial, remedy: 'Wait' }];
    },
  });
  await machines.workspaces.boot();
  const { service, content } = machines.workspaces;
  const audit = createAudit(db);
  const onError = (error: unknown) => void machines.errors.push(error);
  const projects = createProjectsService({
    repository: createProjectsRepository(db),
    workspaces: projectWorkspaces(
      { workspaces: machines.workspaces, hosts: NO_HOSTS, planOf: () => [] },
      async () => undefined,
    ),
    chooseTemplate: async () => Promise.reject(new Error('no templates here')),
    ...{ audit, onError },
    removeRepository: async () => undefined,
    publish: async () => undefined,
    previewUrl: (slug) => `http://${slug}.preview.localhost:8080`,
    maxProjectsPerUser: 100,
  });
  const installationId = randomUUID();
  const snapshotsIn = (place: SnapshotsDeps['bucket']) =>
    createSnapshots({
      hasReplicas: false,
      ...{ db, audit, projects, onError },
      workspaces: machines.workspaces,
      dataDirectory: data.path,
      clock: systemClock,
      maxPerWorkspace: MAX_SNAPSHOTS,
      automatic: { everyHours: 24, keep: 2 },
      ...{ bucket: place, installationId },
    });
  const snapshots = snapshotsIn(bucket);
  const principals = new Map<string, Principal>();
  const app = await createHttpShell(principals);
  registerSnapshotRoutes(app, snapshots.service);
  registerWorkspaceRoutes(app, {
    ...{ workspaces: service, content, audit },
    onUse: () => undefined,
  });
  const baseUrl = await app.listen({ port: 0, host: '127.0.0.1' });

  function tokenOf(principal: Principal): string {
    const token = `token-${randomUUID()}`;
    principals.set(token, principal);
    return token;
  }

  return {
    ...{ machines, snapshots, installationId, dataDirectory: data.path },
    /** As if the settings were these. */
    serviceIn: (place: SnapshotsDeps['bucket']) => snapshotsIn(place).service,

    as(principal: Principal) {
      const headers = { authorization: `Bearer ${tokenOf(principal)}` };
      const client = createApiClient({
        ...{ baseUrl, fetch },
        headers: () => headers,
        newCorrelationId: () => randomUUID(),
      });
      return {
        call: <T extends RouteContract>(route: T, input: RouteInput<T>): Promise<RouteData<T>> =>
          client.call(route, input),
        send: (path: string, init: RequestInit = {}) => {
          const type = init.body ? { 'content-type': 'application/json' } : {};
          return fetch(baseUrl + path, { ...init, headers: { ...headers, ...type } });
        },
        upload: (path: string, bytes: Uint8Array) =>
          fetch(baseUrl + path, {
            method: 'POST',
            headers: { ...headers, 'content-type': 'application/x-tar' },
            body: Readable.toWeb(Readable.from(chunks(bytes))),
            duplex: 'half',
          }),
      };
    },

    async run(workspaceId: string, command: string): Promise<string> {
      const { stdout } = await machines.workspaces.content.exec(workspaceId, {
        ...{ command, timeoutSeconds: 20, correlationId: 'test' },
      });
      return stdout;
    },

    refuseNextStart: () => void (startsToRefuse = 1),

    untilRunning: (id: string) =>
      vi.waitFor(
        async () => {
          await service.settled(id);
          await machines.untilState(id, 'running');
        },
        { timeout: 30_000 },
      ),

    async close() {
      await app.close();
      await machines.close();
      await data.remove();
    },
  };
}

function* chunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
