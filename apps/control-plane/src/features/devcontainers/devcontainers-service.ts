import type { Devcontainer } from '@spt-flow/shared/api/devcontainers';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { Workspaces } from '../workspaces/index.ts';
import type { NamedPort } from './planning/index.ts';
import { appliesTo } from './devcontainers.ts';
import type { DevcontainersRepository } from './devcontainers-repository.ts';

export interface DevcontainersServiceDeps {
  readonly repository: DevcontainersRepository;
  readonly workspaces: () => Pick<Workspaces, 'service'> | undefined;
  readonly audit: Audit;
}

export type DevcontainersService = ReturnType<typeof createDevcontainersService>;

/** createDevcontainersService tells what is known of devcontainers, and has containers made anew. */
export function createDevcontainersService(deps: DevcontainersServiceDeps) {
  function service() {
    const workspaces = deps.workspaces();
    if (!workspaces) throw new Error('workspaces are not made yet');
    return workspaces.service;
  }

  async function find(principal: Principal, handle: string) {
    const row = await service().find(principal.organizationId, handle);
    if (appliesTo(row)) return row;
    throw new AppError('conflict', 'Only workspaces in containers are made from a devcontainer');
  }

  return {
    async get(principal: Principal, handle: string): Promise<Devcontainer> {
      const { id } = await find(principal, handle);
      const { planned, problem, isChanged } = await deps.repository.read(id);
      return {
        file: planned?.file ?? null,
        image: planned?.container.image ?? null,
        user: planned?.container.user ?? null,
        isChanged,
        problem: problem && {
          code: problem.code,
          message: problem.message,
          details: problem.details ?? {},
        },
        secrets: planned?.secrets ?? [],
      };
    },

    /** Ports that the devcontainer forwards or describes. */
    async portsOf(workspaceId: string): Promise<readonly NamedPort[]> {
      return (await deps.repository.read(workspaceId)).planned?.ports ?? [];
    },

    async rebuild(principal: Principal, handle: string, correlationId: string): Promise<Workspace> {
      const { id, organizationId } = await find(principal, handle);
      await deps.audit.record({
        ...{ organizationId, correlationId },
        principal: auditName(principal),
        action: 'workspace.rebuild',
        target: id,
      });
      await deps.repository.change(id, { isRebuildWanted: true });
      const reason = `${principal.userName} asked to rebuild it`;
      try {
        return await service().restart(principal, id, { reason, correlationId });
      } catch (error) {
        await deps.repository.change(id, { isRebuildWanted: false });
        throw error;
      }
    },
  };
}
