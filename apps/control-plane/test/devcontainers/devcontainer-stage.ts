import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { openDatabase } from '@spt-flow/db/client';
import { workspaceLogs, transitions, workspaces as workspaceRows } from '@spt-flow/db/schema';
import { startTestServer } from '@spt-flow/db/testing/test-database';
import type { IsolationProfile } from '@spt-flow/shared/domain/workspace-settings';
import { asc, eq } from 'drizzle-orm';
import { openDevcontainers } from '../../src/features/devcontainers/index.ts';
import { createLogs, createLogsRepository } from '../../src/features/logs/index.ts';
import { runInWorkspace } from '../../src/features/agents/index.ts';
import { createPrices, createWorkspaces } from '../../src/features/workspaces/index.ts';
import { createProviders } from '../../src/features/providers/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startAgentsServer } from '../agents/agents-server.ts';
import { newDockerStage } from '../providers/docker-stage.ts';
import { KEEP_ALL_LOGS } from '../support/database.ts';
import { openTestPolicy } from '../support/open-policy.ts';
import { seedProject, seedTenant } from '../workspaces/seed.ts';
import { newDataDirectory } from '../workspaces/workspaces-server.ts';

export type Files = Readonly<Record<string, string>>;
export type DevcontainerStage = Awaited<ReturnType<typeof newDevcontainerStage>>;

/** newDevcontainerStage runs workspaces as containers of the engine of this machine, and furnishes them. */
export async function newDevcontainerStage(
  options: { featureMirror?: string; socket?: string } = {},
) {
  const { socket } = options;
  const postgres = await startTestServer();
  const database = await postgres.createDatabase();
  const connection = openDatabase(database.target);
  const { db } = connection;
  const agentsServer = await startAgentsServer(db);
  const docker = await newDockerStage({
    routeAgentUpgrade: agentsServer.routeUpgrade,
    ...(socket && { socket }),
  });
  const scratch = await newDataDirectory();
  const { hub } = agentsServer.agents;
  const logs = createLogs({
    repository: createLogsRepository(db, KEEP_ALL_LOGS),
    clock: systemClock,
  });
  const audit = createAudit(db);
  const tenant = await seedTenant(db);
  const errors: unknown[] = [];
  const seeds = new Map<string, Files>();
  const devcontainers = openDevcontainers({
    ...{ db, logs, audit },
    agents: hub,
    provider: docker.provider,
    installationId: docker.installationId,
    allowPrivileged: false,
    featureMirror: options.featureMirror,
    environment: { ...process.env, ...(socket && { DOCKER_HOST: `unix://${socket}` }) },
    temporaryDirectory: scratch.path,
    workspaces: () => workspaces,
  });
  const workspaces = createWorkspaces({
    ...{ db, logs, audit, hub },
    providers: createProviders({ docker: docker.provider }),
    defaultProvider: 'docker',
    policy: await openTestPolicy(),
    prices: createPrices({ pricesPerHour: {}, currency: 'USD' }),
    runningLimits: { perUser: 100, perOrganization: undefined },
    furnishing: devcontainers.furnishing,
    enrolmentTokens: agentsServer.agents.enrolmentTokens,
    revokeAgent: agentsServer.agents.revokeAgent,
    eventLog: { append: async () => 1 },
    clock: systemClock,
    controlPlane: () => ({ url: agentsServer.url, serverKey: agentsServer.serverKey }),
    onError: (error) => void errors.push(error),
  });
  workspaces.registerReadyHook(devcontainers.onReady);
  workspaces.registerSeedHook(async ({ id, name }) => {
    await write(id, seeds.get(name) ?? {});
    return true;
  });
  await workspaces.boot();

  async function sh(id: string, command: string, input?: Uint8Array): Promise<string> {
    const outcome = await runInWorkspace(hub, id, {
      ...{ argv: ['/bin/sh', '-c', command], timeoutMs: 60_000 },
      ...(input && { input }),
    });
    if (outcome.exitCode !== 0)
      throw new Error(`"${command}" failed: ${outcome.stderr.toString()}`);
    return outcome.stdout.toString().trim();
  }

  async function write(id: string, files: Files): Promise<void> {
    for (const [file, text] of Object.entries(files)) {
      const quoted = `'${file}'`;
      await sh(id, `mkdir -p "$(dirname ${quoted})" && cat > ${quoted}`, Buffer.from(text));
    }
  }

  async function row(id: string) {
    const [found] = await db.select().from(workspaceRows).where(eq(workspaceRows.id, id));
    if (!found) throw new Error('no such workspace');
    return found;
  }

  /** Stores a workspace that nobody asked to run. */
  async function empty(
    files: Files = {},
    isolation: IsolationProfile = 'devenv',
    egress: readonly string[] | null = null,
  ) {
    const name = `w-${randomUUID().slice(0, 8)}`;
    seeds.set(name, files);
    const { organizationId, userId: ownerId } = tenant;
    const { id } = await workspaces.service.create({
      ...{ organizationId, ownerId, name, correlationId: 'test' },
      projectId: await seedProject(db, tenant),
      provider: 'docker',
    });
    await db
      .update(workspaceRows)
      .set({ settings: { isolation, egress } })
      .where(eq(workspaceRows.id, id));
    return id;
  }

  return {
    ...{ docker, devcontainers, workspaces, tenant, errors, sh, write, row, empty },

    /** Asks for a workspace that begins with these files. */
    async create(files: Files, isolation?: IsolationProfile): Promise<string> {
      const id = await empty(files, isolation);
      await workspaces.service.begin(id, 'test');
      return id;
    },

    ready: (id: string) => workspaces.service.ensureReady(id, { correlationId: 'test' }),

    async running(files: Files, isolation?: IsolationProfile): Promise<string> {
      const id = await this.create(files, isolation);
      await this.ready(id);
      return id;
    },

    async rebuild(id: string): Promise<void> {
      await devcontainers.service.rebuild(tenant.principal, id, 'test');
      await workspaces.service.settled(id);
    },

    async restart(id: string): Promise<void> {
      await workspaces.service.stop(tenant.principal, id, 'test');
      await workspaces.service.settled(id);
      await this.ready(id);
    },

    devcontainer: (id: string) => devcontainers.service.get(tenant.principal, id),
    warnings: async (id: string) => (await workspaces.service.get(tenant.principal, id)).warnings,

    async steps(id: string): Promise<string[]> {
      const rows = await db
        .select()
        .from(transitions)
        .where(eq(transitions.workspaceId, id))
        .orderBy(asc(transitions.startedAt));
      return (
        rows
          .at(-1)
          ?.steps.map(({ name, state }) => (state === 'done' ? name : `${name}: ${state}`)) ?? []
      );
    },

    async log(id: string): Promise<string[]> {
      const rows = await db
        .select()
        .from(workspaceLogs)
        .where(eq(workspaceLogs.workspaceId, id))
        .orderBy(asc(workspaceLogs.seq));
      return rows.filter(({ source }) => source === 'devcontainer').map(({ text }) => text);
    },

    /** What builds left beside their images. */
    leftovers: () => readdir(path.join(scratch.path)),

    async close(): Promise<void> {
      await workspaces.close();
      await agentsServer.close();
      await docker.close();
      await connection.close();
      await database.close();
      await postgres.stop();
      await scratch.remove();
    },
  };
}
