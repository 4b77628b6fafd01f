import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import type { Database } from '@spt-flow/db/client';
import { transitions, workspaces as workspaceRows } from '@spt-flow/db/schema';
import { eq } from 'drizzle-orm';
import type { CloneOptions } from '@spt-flow/shared/domain/clone-options';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import {
  createLocalProvider,
  createProviders,
  type Hosts,
  createServerProvider,
  type WorkspaceProvider,
} from '../../src/features/providers/index.ts';
import {
  createPrices,
  createWorkspaces,
  type Blueprint,
  type Workspaces,
  type WorkspacesDeps,
} from '../../src/features/workspaces/index.ts';
import {
  createDotfilesRepository,
  createDotfilesService,
} from '../../src/features/dotfiles/index.ts';
import { createLogs, createLogsRepository } from '../../src/features/logs/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { UpgradeHandler } from '../../src/lib/upgrade-router.ts';
import { type AgentsServer, startAgentsServer } from '../agents/agents-server.ts';
import { builtAgent } from './agent-bundle.ts';
import { KEEP_ALL_LOGS } from '../support/database.ts';
import { openTestPolicy } from '../support/open-policy.ts';
import { seedProject, type Tenant } from './seed.ts';

export interface WorkspacesServer {
  readonly workspaces: Workspaces;
  readonly dotfiles: ReturnType<typeof createDotfilesService>;
  readonly provider: WorkspaceProvider;
  readonly agentsServer: AgentsServer;
  readonly dataDirectory: string;
  readonly events: { topic: string; event: LiveEvent }[];
  /** Holds up whoever tells of an event. */
  onEvent: (event: LiveEvent) => Promise<void>;
  readonly errors: unknown[];
  /** Stores a workspace of a fresh project and asks for it to run. */
  create(tenant: Tenant, options?: NewTestWorkspace): Promise<string>;
  row(id: string): Promise<typeof workspaceRows.$inferSelect>;
  transitions(id: string): Promise<(typeof transitions.$inferSelect)[]>;
  untilState(id: string, state: string): Promise<void>;
  logTexts(id: string, source?: string): Promise<string[]>;
  /** As when the process is killed: nothing is stopped, nothing is stored. */
  abandon(): Promise<void>;
  close(): Promise<void>;
}

interface NewTestWorkspace {
  readonly name?: string;
  readonly repositoryUrl?: string;
  readonly clone?: Partial<CloneOptions>;
  readonly blueprint?: Blueprint;
  readonly provider?: 'local' | 'server' | 'docker' | 'kubernetes' | 'coder';
  /** The server that hosts it. */
  readonly hostId?: string;
  /** Copied files are about to come. */
  readonly isFilled?: boolean;
}

export interface ServerOptions {
  readonly db: Database;
  readonly installationId: string;
  readonly dataDirectory: string;
  readonly limits?: WorkspacesDeps['limits'];
  readonly tellsPath?: WorkspacesDeps['tellsPath'];
  readonly policy?: WorkspacesDeps['policy'];
  /** Many unless told. */
  readonly maxRunningPerUser?: number;
  /** Runs containers; agents come in by the handler. */
  readonly docker?: ((routeAgentUpgrade: UpgradeHandler) => WorkspaceProvider) | undefined;
  /** Runs pods; agents come in by another address of the server. */
  readonly kubernetes?: ((agents: AgentsServer) => Promise<WorkspaceProvider>) | undefined;
  /** Runs workspaces on a Coder server whose agents connect there. */
  readonly coder?: ((agents: AgentsServer) => Promise<WorkspaceProvider>) | undefined;
  /** Runs containers in the engines of servers. */
  readonly hosts?: ((agents: AgentsServer, workspaces: () => Workspaces) => Hosts) | undefined;
  /** Where agents connect: a free one unless told. */
  readonly port?: number | undefined;
}

export async function newDataDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-workspaces-'));
  return { path: directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

async function placesOf(
  agentsServer: AgentsServer,
  { docker, kubernetes, coder }: Pick<ServerOptions, 'docker' | 'kubernetes' | 'coder'>,
) {
  return {
    ...(docker && { docker: docker(agentsServer.routeUpgrade) }),
    ...(kubernetes && { kubernetes: await kubernetes(agentsServer) }),
    ...(coder && { coder: await coder(agentsServer) }),
  };
}

/** startWorkspacesServer runs the features agents, logs and workspaces with real agents in real sandboxes. */
export async function startWorkspacesServer({
  db,
  installationId,
  dataDirectory,
  limits,
  tellsPath,
  policy,
  maxRunningPerUser,
  port,
  hosts,
  ...places
}: ServerOptions): Promise<WorkspacesServer> {
  const agentsServer = await startAgentsServer(db, {
    ...(port !== undefined && { port }),
    ...(places.kubernetes && { policy: { channelBinding: 'inner-kx' } }),
  });
  const provider = await createLocalProvider({
    ...{ dataDirectory, installationId },
    agentFile: await builtAgent(),
    nodePath: process.execPath,
    environment: process.env,
    homeDirectory: homedir(),
  });
  const events: { topic: string; event: LiveEvent }[] = [];
  const errors: unknown[] = [];
  const logs = createLogs({
    repository: createLogsRepository(db, KEEP_ALL_LOGS),
    clock: systemClock,
  });
  const audit = createAudit(db);
  const dotfiles = createDotfilesService({ repository: createDotfilesRepository(db), audit });
  const workspaces: Workspaces = createWorkspaces({
    policy: policy ?? (await openTestPolicy()),
    ...{ db, logs },
    providers: createProviders(
      {
        local: provider,
        server: createServerProvider(agentsServer.agents.hub),
        ...(await placesOf(agentsServer, places)),
      },
      hosts?.(agentsServer, () => workspaces),
    ),
    defaultProvider: 'local',
    hub: agentsServer.agents.hub,
    enrolmentTokens: agentsServer.agents.enrolmentTokens,
    revokeAgent: agentsServer.agents.revokeAgent,
    eventLog: {
      append: async (topic, event) => {
        events.push({ topic, event });
        await server.onEvent(event);
        return events.length;
      },
    },
    ...{ audit, tellsPath, dotfilesOf: dotfiles.of, clock: systemClock },
    variables: { SHARED_BY: 'the operator' },
    controlPlane: () => ({ url: agentsServer.url, serverKey: agentsServer.serverKey }),
    onError: (error) => void errors.push(error),
    prices: createPrices({ pricesPerHour: { chat: 0.05 }, currency: 'USD' }),
    runningLimits: { perUser: maxRunningPerUser ?? 100, perOrganization: undefined },
    ...(limits && { limits }),
  });

  async function row(id: string) {
    const [found] = await db.select().from(workspaceRows).where(eq(workspaceRows.id, id));
    if (!found) throw new Error('no such workspace');
    return found;
  }

  const server: WorkspacesServer = {
    onEvent: async () => undefined,
    ...{ workspaces, dotfiles, provider, agentsServer, dataDirectory, events, errors, row },

    async create(tenant, options = {}) {
      const { name, repositoryUrl, clone, blueprint, provider: place, hostId, isFilled } = options;
      const projectId = await seedProject(db, tenant, {
        ...(repositoryUrl !== undefined && { repositoryUrl }),
        ...(clone && { cloneOptions: clone }),
      });
      const { organizationId, userId: ownerId } = tenant;
      const created = await workspaces.service.create({
        organizationId,
        ownerId,
        projectId,
        name: name ?? `w-${projectId.slice(0, 8)}`,
        provider: place,
        ...{ blueprint, hostId, isFilled },
        correlationId: 'create-1',
      });
      await workspaces.service.begin(created.id, 'create-1');
      return created.id;
    },

    transitions: (id) =>
      db
        .select()
        .from(transitions)
        .where(eq(transitions.workspaceId, id))
        .orderBy(transitions.startedAt),

    untilState: (id, state) =>
      vi.waitFor(
        async () => {
          const { actualState, failure } = await row(id);
          if (actualState !== state)
            throw new Error(`is ${actualState} (${failure}), not ${state}`);
        },
        { timeout: 30_000, interval: 20 },
      ),

    async logTexts(id, source) {
      const { organizationId } = await row(id);
      const lines = await logs.list({ workspaceId: id, organizationId }, { limit: 1_000, source });
      return lines.map(({ text }) => text);
    },

    async abandon() {
      await agentsServer.close();
    },

    async close() {
      await workspaces.close();
      await agentsServer.close();
    },
  };
  return server;
}
