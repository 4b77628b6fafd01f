import type { Queryable } from '@spt-flow/db/client';
import type { Host } from '@spt-flow/shared/api/servers';
import type { Place } from '@spt-flow/shared/api/workspace-preview';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { AgentConnections } from '../agents/index.ts';
import { assertHostable, type Hosts } from '../providers/index.ts';
import type { HostsRepository, Workspaces } from '../workspaces/index.ts';

type WorkspaceService = Workspaces['service'];
type WorkspaceRow = Awaited<ReturnType<WorkspaceService['find']>>;

export interface HostsServiceDeps {
  readonly repository: HostsRepository;
  readonly hosts: Hosts;
  readonly workspaces: Pick<WorkspaceService, 'find'>;
  readonly agents: Pick<AgentConnections, 'isOnline' | 'request'>;
  readonly publicUrl: () => string;
  readonly audit: Audit;
}

interface Recorded {
  readonly principal: Principal;
  readonly action: string;
  readonly server: WorkspaceRow;
  readonly correlationId: string;
}

export type HostsService = ReturnType<typeof createHostsService>;

/** createHostsService decides which servers host workspaces, where who runs them has agreed on the machine itself. */
export function createHostsService(deps: HostsServiceDeps) {
  const { repository, hosts, agents, audit } = deps;

  async function findServer({ organizationId }: Principal, handle: string): Promise<WorkspaceRow> {
    const row = await deps.workspaces.find(organizationId, handle);
    if (row.provider === 'server') return row;
    throw new AppError('validation_failed', `The workspace "${row.name}" is not a server`);
  }

  /** AppError: what stands in the way. */
  async function assertWilling({ id }: WorkspaceRow): Promise<void> {
    assertHostable(deps.publicUrl());
    if (!agents.isOnline(id)) throw new AppError('server_absent');
    const { stream } = await agents.request(id, { method: 'engine.host' });
    stream.resume();
    await hosts.of(id).describeEngine();
  }

  async function describe(id: string): Promise<Pick<Host, 'engine' | 'problem'>> {
    try {
      return { engine: await hosts.of(id).describeEngine(), problem: null };
    } catch (error) {
      if (error instanceof AppError) return { engine: null, problem: error.message };
      throw error;
    }
  }

  async function show(principal: Principal, handle: string): Promise<Host | null> {
    const { id } = await findServer(principal, handle);
    const since = await repository.since(id);
    if (!since) return null;
    const [engine, { visible, count }] = await Promise.all([
      describe(id),
      repository.guests(id, principal),
    ]);
    return {
      ...{ ...engine, since: since.toISOString(), workspaces: visible },
      hiddenWorkspaces: count - visible.length,
    };
  }

  return {
    show,

    async add(principal: Principal, handle: string, correlationId: string): Promise<Host> {
      const server = await findServer(principal, handle);
      await assertWilling(server);
      const { id: hostId, organizationId } = server;
      await repository.transaction(async (tx) => {
        if (!(await repository.add({ hostId, organizationId }, tx)))
          throw new AppError('not_found');
        await record({ principal, action: 'server.host', server, correlationId }, tx);
      });
      const host = await show(principal, hostId);
      if (!host) throw new AppError('conflict');
      return host;
    },

    async remove(principal: Principal, handle: string, correlationId: string): Promise<void> {
      const server = await findServer(principal, handle);
      await repository.transaction(async (tx) => {
        const guests = await repository.remove(server.id, tx);
        if (guests > 0)
          throw new AppError('host_in_use', `The server hosts ${guests} workspaces`, {
            details: { guests },
          });
        await record({ principal, action: 'server.unhost', server, correlationId }, tx);
      });
      hosts.forget(server.id);
    },

    /** Those that a new workspace of the person may run on. */
    async offered(principal: Principal): Promise<Place[]> {
      const servers = await repository.visible(principal);
      return servers.map((server) => {
        const lacks = [...(hosts.of(server.id).lacks ?? [])];
        return { provider: 'docker', server, isDefault: false, lacks };
      });
    },

    /** The server that is to host a new workspace; AppError `not_found` or `validation_failed`. */
    async find(organizationId: string, handle: string): Promise<{ id: string; name: string }> {
      const { id, name } = await deps.workspaces.find(organizationId, handle);
      if (await repository.since(id)) return { id, name };
      throw new AppError(
        'validation_failed',
        `"${name}" hosts no workspaces: an admin lets it with "spt-flow server host ${name}"`,
      );
    },
  };

  function record({ principal, action, server, correlationId }: Recorded, tx: Queryable) {
    const { id: target, organizationId, name } = server;
    const entry = { organizationId, principal: auditName(principal), action, target };
    return audit.record({ ...entry, correlationId, detail: { name } }, tx);
  }
}
