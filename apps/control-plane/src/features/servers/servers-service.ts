import type { Invitation } from '@spt-flow/shared/api/servers';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { AppError } from '@spt-flow/shared/domain/errors';
import { permits } from '@spt-flow/shared/domain/roles';
import type { Audit } from '../../lib/audit.ts';
import { undefinedIfNotFound } from '../../lib/not-found.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { EnrolmentTokens } from '../agents/index.ts';
import type { ProjectsService } from '../projects/index.ts';
import type { Workspaces } from '../workspaces/index.ts';
import type { ServerJoinsRepository } from './server-joins-repository.ts';
import { assertReachable, createInvitation, type ControlPlaneAddress } from './invitation.ts';

/** Long enough to find a terminal on another machine. */
const INVITATION_TTL_MS = 15 * 60 * 1000;

type WorkspaceService = Workspaces['service'];
type WorkspaceRow = Awaited<ReturnType<WorkspaceService['find']>>;
type ProjectRow = Awaited<ReturnType<ProjectsService['find']>>;

export interface ServersServiceDeps {
  readonly projects: Pick<ProjectsService, 'find' | 'store' | 'announce'>;
  readonly workspaces: Pick<
    WorkspaceService,
    'assertHostsNone' | 'create' | 'begin' | 'find' | 'ofProject' | 'start' | 'toApi'
  >;
  readonly enrolmentTokens: Pick<EnrolmentTokens, 'create' | 'admit'>;
  readonly repository: Pick<ServerJoinsRepository, 'transaction' | 'lockProject'>;
  readonly controlPlane: () => ControlPlaneAddress;
  readonly audit: Audit;
}

export interface NewServer {
  readonly name: string;
  /** Id or slug; absent: the project of the server's name, made when there is none. */
  readonly project?: string | undefined;
}

/** Guest is a machine that holds a key and a token of its own already. */
export interface Guest {
  readonly tokenHash: string;
  readonly keyId: string;
}

export type ServersService = ReturnType<typeof createServersService>;

/** createServersService lets machines of people join as workspaces. */
export function createServersService(deps: ServersServiceDeps) {
  const { projects, workspaces, enrolmentTokens, repository } = deps;

  /** Who may write may join servers to projects of their own, admins to all. */
  function assertMayJoin(principal: Principal, project: ProjectRow): void {
    if (permits(principal.scope, 'admin') || project.userId === principal.userId) return;
    throw new AppError(
      'not_permitted',
      'Only the owner of the project and admins may join servers',
    );
  }

  /** Undefined: a new one has to be made. */
  async function findProject(
    principal: Principal,
    { name, project: handle }: NewServer,
  ): Promise<ProjectRow | undefined> {
    const { organizationId } = principal;
    if (handle !== undefined) {
      const named = await projects.find(organizationId, handle);
      assertMayJoin(principal, named);
      if (!(await workspaces.ofProject(named.id))) return named;
      throw hasMachine(named);
    }
    const found = await undefinedIfNotFound(projects.find(organizationId, name));
    const isFree = found?.userId === principal.userId && !(await workspaces.ofProject(found.id));
    return isFree ? found : undefined;
  }

  async function store(
    principal: Principal,
    server: NewServer,
    correlationId: string,
  ): Promise<WorkspaceRow> {
    const { name } = server;
    const project = await findProject(principal, server);
    const { organizationId, userId: ownerId } = principal;
    if (project) {
      const { id: projectId } = project;
      const input = { organizationId, ownerId, projectId, name, correlationId };
      return repository.transaction(async (tx) => {
        await repository.lockProject(projectId, tx);
        // Another machine may have joined since.
        if (await workspaces.ofProject(projectId, tx)) throw hasMachine(project);
        return workspaces.create({ ...input, provider: 'server' }, tx);
      });
    }
    const { workspaceId } = await projects.store(
      principal,
      { name, workspaceName: name, provider: 'server' },
      correlationId,
    );
    return workspaces.find(organizationId, workspaceId);
  }

  async function begin(row: WorkspaceRow, correlationId: string): Promise<Workspace> {
    await workspaces.begin(row.id, correlationId);
    await projects.announce(row.projectId);
    return workspaces.toApi(row);
  }

  async function invite(
    principal: Principal,
    row: WorkspaceRow,
    correlationId: string,
  ): Promise<Invitation> {
    const { organizationId, id: target, name } = row;
    const entry = { organizationId, principal: auditName(principal), target, correlationId };
    // Before: a process that is killed now leaves no token of which nothing is written down.
    await deps.audit.record({ ...entry, action: 'server.invite', detail: { name } });
    const granted = await enrolmentTokens.create(row, { ttlMs: INVITATION_TTL_MS });
    return createInvitation(deps.controlPlane(), granted);
  }

  return {
    async create(principal: Principal, server: NewServer, correlationId: string) {
      assertReachable(deps.controlPlane());
      const row = await store(principal, server, correlationId);
      const invitation = await invite(principal, row, correlationId);
      return { workspace: await begin(row, correlationId), invitation };
    },

    /** For a machine that was not joined in time, or that takes the place of another. */
    async invite(principal: Principal, handle: string, correlationId: string) {
      const row = await workspaces.find(principal.organizationId, handle);
      assertMayJoin(principal, await projects.find(row.organizationId, row.projectId));
      if (row.provider !== 'server')
        throw new AppError('validation_failed', `The workspace "${row.name}" is not a server`);
      // Another machine has nothing of the workspaces that this one hosts.
      await workspaces.assertHostsNone(row.id);
      assertReachable(deps.controlPlane());
      const invitation = await invite(principal, row, correlationId);
      return { workspace: await workspaces.start(principal, row.id, correlationId), invitation };
    },

    /** Lets in a machine that asked by itself. */
    async admit(
      principal: Principal,
      { guest, ...server }: NewServer & { guest: Guest },
      correlationId: string,
    ): Promise<Workspace> {
      const row = await store(principal, server, correlationId);
      await enrolmentTokens.admit(row, guest);
      return begin(row, correlationId);
    },
  };
}

function hasMachine({ name }: ProjectRow): AppError {
  return new AppError('limit_reached', `The project "${name}" has a machine already`);
}
