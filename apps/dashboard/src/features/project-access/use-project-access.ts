import { groupRoutes } from '@spt-flow/shared/api/groups';
import { memberRoutes } from '@spt-flow/shared/api/members';
import { projectAccessRoutes, type ProjectGrant } from '@spt-flow/shared/api/project-access';
import type { ProjectAccess, ProjectLevel } from '@spt-flow/shared/domain/project-access';
import { computed } from 'vue';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

export type Grantee = Pick<ProjectGrant, 'kind' | 'id'>;

/** useProjectAccess shows who has access to a project, and whom it could be given to. */
export function useProjectAccess(projectId: () => string) {
  const { api } = useServices();
  const { data, problem, reload } = useLoaded(projectId, async (handle, signal) => {
    const [access, members, groups] = await Promise.all([
      api.call(projectAccessRoutes.get, { params: { handle } }, { signal }),
      api.call(memberRoutes.list, {}, { signal }),
      api.call(groupRoutes.list, {}, { signal }),
    ]);
    return { access, members: members.items, groups: groups.items };
  });

  const changing = useAction(async (work: (handle: string) => Promise<unknown>) => {
    await work(projectId());
    await reload();
  });

  /** Admins need no access of their own. */
  const others = computed((): (Grantee & { name: string; description?: string })[] => {
    if (!data.value) return [];
    const { access, members, groups } = data.value;
    const all = [
      ...groups.map(({ id, name }) => ({ kind: 'group' as const, id, name })),
      ...members
        .filter(({ role }) => role !== 'admin')
        .map(({ id, name, email }) => ({ kind: 'person' as const, id, name, description: email })),
    ];
    return all.filter(({ id }) => !access.grants.some((grant) => grant.id === id));
  });

  return {
    ...{ data, problem, reload, changing, others },
    setAccess: (access: ProjectAccess) =>
      changing.run((handle) =>
        api.call(projectAccessRoutes.set, { params: { handle }, body: { access } }),
      ),
    grant: ({ kind, id }: Grantee, level: ProjectLevel) =>
      changing.run((handle) => {
        const { grantPerson, grantGroup } = projectAccessRoutes;
        const route = kind === 'person' ? grantPerson : grantGroup;
        return api.call(route, { params: { handle, id }, body: { level } });
      }),
    revoke: ({ kind, id }: Grantee) =>
      changing.run((handle) => {
        const { revokePerson, revokeGroup } = projectAccessRoutes;
        const route = kind === 'person' ? revokePerson : revokeGroup;
        return api.call(route, { params: { handle, id } });
      }),
  };
}
