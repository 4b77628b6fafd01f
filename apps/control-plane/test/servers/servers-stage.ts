import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DatabaseConnection } from '@spt-flow/db/client';
import { organizationMembers, users } from '@spt-flow/db/schema';
import {
  createProjectsRepository,
  createProjectsService,
} from '../../src/features/projects/index.ts';
import {
  createAgentPrograms,
  createHostsService,
  createServerJoinsRepository,
  createServerJoinsService,
  createServersService,
  registerInstallRoutes,
  registerServerRoutes,
} from '../../src/features/servers/index.ts';
import { createHosts, type Hosts } from '../../src/features/providers/index.ts';
import { createHostsRepository } from '../../src/features/workspaces/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { createHttpShell } from '../support/http-shell.ts';
import type { Tenant } from '../workspaces/seed.ts';
import {
  newDataDirectory,
  startWorkspacesServer,
  type ServerOptions,
} from '../workspaces/workspaces-server.ts';

interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly code: string | undefined;
  readonly message: string | undefined;
}

/** Nobody asks for one. */
const NO_HOSTS = createHosts(() => {
  throw new Error('no server hosts anything here');
});

export type ServersStage = Awaited<ReturnType<typeof startServersStage>>;

/** startServersStage serves the servers' feature over HTTP, with real workspaces, agents and database behind it. */
export async function startServersStage(
  database: DatabaseConnection,
  hosts: NonNullable<ServerOptions['hosts']> = () => NO_HOSTS,
) {
  const { db } = database;
  const data = await newDataDirectory();
  const programs = await mkdtemp(path.join(tmpdir(), 'spt-programs-'));
  let registry: Hosts = NO_HOSTS;
  const machines = await startWorkspacesServer({
    db,
    installationId: randomUUID(),
    dataDirectory: data.path,
    hosts: (...surroundings) => (registry = hosts(...surroundings)),
  });
  const { service } = machines.workspaces;
  const { agents, url, serverKey } = machines.agentsServer;
  const audit = createAudit(db);
  /** May be moved by tests. */
  const time = { offsetMs: 0, publicUrl: url };
  const clock = {
    now: () => new Date(Date.now() + time.offsetMs),
    monotonicMs: systemClock.monotonicMs,
  };
  const projects = createProjectsService({
    repository: createProjectsRepository(db),
    workspaces: {
      create: (input, tx) => service.create(input, tx),
      claim: async () => undefined,
      begin: service.begin,
      async ofProject(projectId) {
        const row = await service.ofProject(projectId);
        return row ? service.toApi(row) : null;
      },
      remove: async () => ({ gone: Promise.resolve() }),
      removeLeft: async () => ({ gone: Promise.resolve() }),
      choosePlace: machines.workspaces.places.choose,
      findHost: () => Promise.reject(new Error('no server hosts anything here')),
      assertRemovable: async () => undefined,
      plan: () => [],
    },
    chooseTemplate: () => Promise.reject(new Error('no template is chosen here')),
    audit,
    removeRepository: async () => undefined,
    onError: (error) => void machines.errors.push(error),
    publish: async () => undefined,
    previewUrl: (slug) => `http://${slug}.preview.localhost:8080`,
    maxProjectsPerUser: 3,
  });
  const controlPlane = () => ({ url: time.publicUrl, serverKey, channelBinding: 'none' as const });
  const repository = createServerJoinsRepository(db);
  const servers = createServersService({
    ...{ repository, projects, controlPlane, audit },
    workspaces: service,
    enrolmentTokens: agents.enrolmentTokens,
  });
  const joins = createServerJoinsService({
    ...{ repository, servers, controlPlane, audit, clock },
    publicUrl: url,
  });
  const principals = new Map<string, Principal>();
  const app = await createHttpShell(principals);
  const hostsService = createHostsService({
    ...{ repository: createHostsRepository(db), hosts: registry, workspaces: service, audit },
    ...{ agents: agents.hub, publicUrl: () => time.publicUrl },
  });
  registerServerRoutes(app, { servers, joins, hosts: hostsService });
  registerInstallRoutes(app, { programs: createAgentPrograms(programs), url: () => url });

  /** Each call comes from an address of its own: limits are tested where they are meant. */
  async function call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    route: string,
    options: { body?: object; as?: Principal; from?: string } = {},
  ): Promise<Answer> {
    const token = `token-${randomUUID()}`;
    if (options.as) principals.set(token, options.as);
    const response = await app.inject({
      method,
      url: `/api/v1${route}`,
      remoteAddress: options.from ?? randomAddress(),
      ...(options.as && { headers: { authorization: `Bearer ${token}` } }),
      ...(options.body && { payload: options.body }),
    });
    const { data, error } = response.json<{
      data: unknown;
      error: { code: string; message: string } | null;
    }>();
    return { status: response.statusCode, data, code: error?.code, message: error?.message };
  }

  return {
    ...{ app, call, machines, projects, programs, time },
    addProgram: (name: string, content: string) => writeFile(path.join(programs, name), content),

    /** Another person of the same organization. */
    async colleagueOf(tenant: Tenant, scope: 'read' | 'write' | 'admin'): Promise<Principal> {
      const email = `${randomUUID()}@example.org`;
      const [user] = await db.insert(users).values({ name: 'Cleo Colleague', email }).returning();
      if (!user) throw new Error('seed failed');
      const { organizationId } = tenant;
      await db
        .insert(organizationMembers)
        .values({ organizationId, userId: user.id, role: 'developer' });
      return { ...tenant.principal, userId: user.id, userName: user.name, userEmail: email, scope };
    },

    async close() {
      await app.close();
      await machines.close();
      await data.remove();
      await rm(programs, { recursive: true, force: true });
    },
  };
}

function randomAddress(): string {
  return `2001:db8::${Math.floor(Math.random() * 0xffff).toString(16)}:${Math.floor(Math.random() * 0xffff).toString(16)}`;
}
