import type { Pools } from '../features/pools/index.ts';
import type { ProjectWorkspaces } from '../features/projects/index.ts';
import { newCorrelationId } from '../lib/correlation.ts';
import type { Machines } from './machines.ts';

/** projectWorkspaces are the machines of projects. */
export function projectWorkspaces(
  {
    workspaces,
    hosts,
    planOf,
  }: Pick<Machines, 'workspaces' | 'planOf'> & { readonly hosts: Pick<Machines['hosts'], 'find'> },
  claim: Pools['claim'],
): ProjectWorkspaces {
  const { service } = workspaces;
  return {
    create: (input, tx) => service.create(input, tx),
    claim,
    begin: (workspaceId, correlationId) => service.begin(workspaceId, correlationId),
    ofProject: async (projectId) => {
      const row = await service.ofProject(projectId);
      return row ? service.toApi(row) : null;
    },
    findHost: hosts.find,
    async assertRemovable(projectId) {
      const row = await service.ofProject(projectId);
      if (row) await service.assertHostsNone(row.id);
    },
    async remove(principal, workspaceId, correlationId) {
      await service.remove(principal, workspaceId, correlationId);
      return { gone: service.settled(workspaceId) };
    },
    async removeLeft(workspaceId) {
      const why = { reason: 'Its project was deleted', correlationId: newCorrelationId() };
      for (const desired of ['stopped', 'deleted'] as const)
        await service.changeByItself(workspaceId, { desired, ...why });
      return { gone: service.settled(workspaceId) };
    },
    choosePlace: workspaces.places.choose,
    plan: planOf,
  };
}
