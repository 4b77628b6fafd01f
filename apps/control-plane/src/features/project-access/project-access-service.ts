import type { Transaction } from '@spt-flow/db/client';
import type { ProjectAccessView } from '@spt-flow/shared/api/project-access';
import { AppError } from '@spt-flow/shared/domain/errors';
import {
  levelIn,
  mayDecideAccess,
  type ProjectAccess,
  type ProjectLevel,
} from '@spt-flow/shared/domain/project-access';
import type { Audit } from '../../lib/audit.ts';
import { auditName, deciding, type Principal } from '../../lib/principal.ts';
import type {
  FoundProject,
  Grantee,
  ProjectAccessRepository,
} from './project-access-repository.ts';

/** More than that is a case for a group. */
const MAX_GRANTS = 200;

export interface AccessCall {
  readonly principal: Principal;
  readonly handle: string;
  readonly correlationId: string;
}

export interface ProjectAccessServiceDeps {
  readonly repository: ProjectAccessRepository;
  readonly audit: Audit;
  /** Rights in the organization have changed: connections are checked, pages look anew. */
  readonly onChanged: (organizationId: string) => void;
}

export type ProjectAccessService = ReturnType<typeof createProjectAccessService>;

/** createProjectAccessService shows who has access to a project, and lets those who decide change it. */
export function createProjectAccessService(deps: ProjectAccessServiceDeps) {
  const { repository, audit } = deps;

  async function find(
    principal: Principal,
    handle: string,
    tx?: Transaction,
  ): Promise<FoundProject> {
    const found = await repository.find(principal, { noun: 'projects', handle }, tx);
    // A name that is the id of another project does not stand in for it.
    const project = found.find(({ id }) => id === handle.toLowerCase()) ?? found[0];
    const level = project && levelIn(project, { ...principal, grants: project.grants });
    if (!level) throw new AppError('not_found', `There is no project "${handle}"`);
    return project;
  }

  async function view(principal: Principal, handle: string): Promise<ProjectAccessView> {
    const project = await find(principal, handle);
    const visitor = { ...principal, grants: project.grants };
    return {
      access: project.access,
      grants: await repository.grants(project.id),
      level: levelIn(project, visitor) ?? 'view',
      mayDecide: mayDecideAccess(project, deciding(visitor)) && principal.scope !== 'read',
    };
  }

  /** Changes it and tells; what somebody shut themselves out of with it is not shown to them. */
  async function change(
    { principal, handle, correlationId }: AccessCall,
    entry: { readonly action: string; readonly detail: Record<string, unknown> },
    run: (project: FoundProject, tx: Transaction) => Promise<void>,
  ): Promise<ProjectAccessView> {
    const { organizationId } = principal;
    const { id } = await find(principal, handle);
    await repository.transaction(async (tx) => {
      await repository.lock(id, tx);
      // Whoever changed it a moment before may have taken the right to it away.
      const project = await find(principal, id, tx);
      if (!mayDecideAccess(project, { ...deciding(principal), grants: project.grants }))
        throw new AppError('not_permitted', 'Its owner and admins decide who has access to it');
      await run(project, tx);
      const by = { organizationId, principal: auditName(principal), correlationId };
      await audit.record({ ...by, ...entry, target: id }, tx);
    });
    deps.onChanged(organizationId);
    return view(principal, id).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      return { access: 'restricted', grants: [], level: 'view', mayDecide: false } as const;
    });
  }

  return {
    get: view,

    set(call: AccessCall, access: ProjectAccess): Promise<ProjectAccessView> {
      const action = access === 'restricted' ? 'project.restrict' : 'project.open';
      return change(call, { action, detail: {} }, async (project, tx) => {
        const { id: projectId, ownerId } = project;
        if (project.access === access) return;
        await repository.setAccess(projectId, access, tx);
        if (access === 'organization') return;
        const { organizationId, userId } = call.principal;
        for (const id of new Set([ownerId, userId])) {
          const person = { kind: 'person' as const, id };
          if (await repository.isThere(organizationId, person, tx))
            await repository.grant({ projectId, ...person }, 'manage', tx);
        }
      });
    },

    grant(
      call: AccessCall,
      grantee: Omit<Grantee, 'projectId'>,
      level: ProjectLevel,
    ): Promise<ProjectAccessView> {
      const entry = { action: 'project.share', detail: { ...grantee, level } };
      return change(call, entry, async ({ id: projectId }, tx) => {
        if (!(await repository.isThere(call.principal.organizationId, grantee, tx)))
          throw new AppError('not_found', `There is no such ${grantee.kind}`);
        await repository.grant({ projectId, ...grantee }, level, tx);
        if ((await repository.countOf(projectId, tx)) > MAX_GRANTS)
          throw new AppError(
            'limit_reached',
            `A project is shared with ${MAX_GRANTS} people and groups at most: use groups`,
          );
      });
    },

    revoke(call: AccessCall, grantee: Omit<Grantee, 'projectId'>): Promise<ProjectAccessView> {
      const entry = { action: 'project.unshare', detail: { ...grantee } };
      return change(call, entry, async ({ id: projectId }, tx) => {
        if (!(await repository.revoke({ projectId, ...grantee }, tx)))
          throw new AppError('not_found', `The project is not shared with this ${grantee.kind}`);
      });
    },
  };
}
