import type { Principal } from '../lib/principal.ts';
import type { Builder } from './builder.ts';
import type { Core } from './core.ts';
import type { Machines } from './machines.ts';

/** createReachable finds what somebody names other than by the path of what they ask for; AppError `not_found`. */
export function createReachable(
  { projectAccess: { admit } }: Core,
  { machines, builder }: { machines: Machines; builder: Builder },
) {
  return {
    async findWorkspace(principal: Principal, handle: string) {
      await admit(principal, { noun: 'workspaces', handle });
      return machines.workspaces.service.find(principal.organizationId, handle);
    },
    async findProject(principal: Principal, handle: string) {
      await admit(principal, { noun: 'projects', handle });
      return builder.projects.find(principal.organizationId, handle);
    },
  };
}
