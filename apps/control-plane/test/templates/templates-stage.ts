import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { DatabaseConnection } from '@spt-flow/db/client';
import { workspaces } from '@spt-flow/db/schema';
import type { Costs } from '@spt-flow/shared/api/costs';
import type { RouteContract, RouteData, RouteInput } from '@spt-flow/shared/api/route';
import { createApiClient } from '@spt-flow/shared/api/client';
import { projectWorkspaces } from '../../src/composition/project-workspaces.ts';
import { createGit, createRemoteFiles } from '../../src/features/git/index.ts';
import {
  createProjectPreview,
  createProjectsRepository,
  createProjectsService,
  registerProjectPreviewRoutes,
  registerProjectsRoutes,
} from '../../src/features/projects/index.ts';
import { createPools, registerPoolRoutes } from '../../src/features/pools/index.ts';
import { createTemplates, registerTemplateRoutes } from '../../src/features/templates/index.ts';
import { createPrices, registerWorkspaceRoutes } from '../../src/features/workspaces/index.ts';
import type { WorkspaceProvider } from '../../src/features/providers/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Principal } from '../../src/lib/principal.ts';
import type { UpgradeHandler } from '../../src/lib/upgrade-router.ts';
import { createHttpShell } from '../support/http-shell.ts';
import { openTestPolicy } from '../support/open-policy.ts';
import {
  newDataDirectory,
  startWorkspacesServer,
  type ServerOptions,
  type WorkspacesServer,
} from '../workspaces/workspaces-server.ts';
import { NO_HOSTS } from '../support/no-hosts.ts';

const BUILT_IN = fileURLToPath(new URL('../../src/features/templates/built-in', import.meta.url));
const MAX_PROJECTS = 100;
const POLICY = await openTestPolicy(['registry.example.com/*']);

export type TemplatesStage = Awaited<ReturnType<typeof startTemplatesStage>>;

interface StageOptions {
  /** Runs containers; agents come in by the handler. */
  readonly docker?: (routeAgentUpgrade: UpgradeHandler) => WorkspaceProvider;
  readonly maxRunningPerUser?: number;
  readonly catalogUrl?: string;
  /** As after a crash: what the one before left is found again. */
  readonly after?: Pick<ServerOptions, 'installationId' | 'dataDirectory' | 'port'>;
}

/** startTemplatesStage serves templates, pools, projects and workspaces over HTTP, with real agents and a real database. */
export async function startTemplatesStage(
  { db }: DatabaseConnection,
  { docker, after, maxRunningPerUser = 100, catalogUrl }: StageOptions = {},
) {
  const place = after ?? {
    installationId: randomUUID(),
    dataDirectory: (await newDataDirectory()).path,
  };
  const machines = await startWorkspacesServer({
    ...{ db, docker, maxRunningPerUser, policy: POLICY },
    ...place,
  });
  await machines.workspaces.boot();
  const { service, content, notifyChanged } = machines.workspaces;
  const audit = createAudit(db);
  const onError = (error: unknown) => void machines.errors.push(error);
  const searchPath = process.env['PATH'] ?? '/usr/bin:/bin';
  const templates = createTemplates({
    ...{ db, audit, onError },
    clock: systemClock,
    directory: BUILT_IN,
    catalogUrl: catalogUrl ?? null,
    readRemoteFiles: createRemoteFiles({
      directory: tmpdir(),
      searchPath,
      git: createGit({ searchPath }),
    }),
    defaultProvider: 'local',
    ...{ policy: POLICY, workspaces: service, notifyWorkspace: notifyChanged },
  });
  const projectsRepository = createProjectsRepository(db);
  const pools = createTestPools(db, { machines, templates, audit, onError });
  const projects = createTestProjects(projectsRepository, {
    ...{ machines, templates, audit, onError },
    claim: pools.claim,
  });
  const costs: { value: Costs | null } = { value: null };
  const preview = createProjectPreview({
    ...{ repository: projectsRepository, maxProjectsPerUser: MAX_PROJECTS, clock: systemClock },
    resolveTemplate: templates.resolve,
    previewWorkspace: machines.workspaces.preview,
    hostsFor: async () => [],
    findHost: NO_HOSTS.find,
    costsOf: async () => ({ costs: costs.value }),
  });
  const principals = new Map<string, Principal>();
  const app: FastifyInstance = await createHttpShell(principals);
  registerTemplateRoutes(app, templates);
  registerPoolRoutes(app, pools);
  registerProjectsRoutes(app, { projects, isAnswering: async () => false });
  registerProjectPreviewRoutes(app, preview);
  registerWorkspaceRoutes(app, {
    ...{ workspaces: service, content, audit },
    onUse: () => undefined,
  });
  const baseUrl = await app.listen({ port: 0, host: '127.0.0.1' });

  return {
    ...{ machines, costs, pools, projects, chooseTemplate: templates.choose },
    /** Agents know where they connected. */
    place: { ...place, port: Number(new URL(machines.agentsServer.url).port) },

    /** A client of the API for somebody. */
    as(principal: Principal) {
      const token = randomUUID();
      principals.set(token, principal);
      return clientOf(baseUrl, token);
    },

    setSettings: async (id: string, settings: Record<string, unknown>) =>
      db.update(workspaces).set({ settings }).where(eq(workspaces.id, id)),

    /** As when the process is killed: nothing is stopped, nothing is stored. */
    async abandon() {
      await app.close();
      await machines.abandon();
    },

    async close() {
      await pools.close();
      await app.close();
      await machines.close();
      await rm(place.dataDirectory, { recursive: true, force: true });
    },
  };
}

function createTestPools(
  db: DatabaseConnection['db'],
  {
    machines,
    templates,
    ...deps
  }: {
    machines: WorkspacesServer;
    templates: ReturnType<typeof createTemplates>;
    audit: ReturnType<typeof createAudit>;
    onError: (error: unknown) => void;
  },
) {
  return createPools({
    ...{ db, clock: systemClock, ...deps },
    hub: machines.agentsServer.agents.hub,
    workspaces: machines.workspaces.service,
    prices: createPrices({ pricesPerHour: { chat: 0.05 }, currency: 'USD' }),
    chooseTemplate: templates.choose,
    findTemplate: templates.find,
    defaultProvider: 'local',
  });
}

function clientOf(baseUrl: string, token: string) {
  const client = createApiClient({
    ...{ baseUrl, fetch },
    headers: () => ({ authorization: `Bearer ${token}` }),
    newCorrelationId: () => randomUUID(),
  });
  return <T extends RouteContract>(route: T, input: RouteInput<T>): Promise<RouteData<T>> =>
    client.call(route, input);
}

type Parts = Parameters<typeof createTestPools>[1];

function createTestProjects(
  repository: ReturnType<typeof createProjectsRepository>,
  {
    machines,
    templates,
    audit,
    onError,
    claim,
  }: Parts & Pick<ReturnType<typeof createPools>, 'claim'>,
) {
  const planOf = (name: string) => machines.provider.plan(name).slice(0, 1);
  return createProjectsService({
    repository,
    workspaces: projectWorkspaces(
      { workspaces: machines.workspaces, hosts: NO_HOSTS, planOf },
      claim,
    ),
    chooseTemplate: templates.choose,
    ...{ audit, onError },
    removeRepository: async () => undefined,
    publish: async () => undefined,
    previewUrl: (slug) => `http://${slug}.preview.localhost:8080`,
    maxProjectsPerUser: MAX_PROJECTS,
  });
}
