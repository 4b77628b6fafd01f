import { groupRoutes, type Group } from '@spt-flow/shared/api/groups';
import { memberRoutes } from '@spt-flow/shared/api/members';
import type { RouteInput } from '@spt-flow/shared/api/route';
import { signInRoutes } from '@spt-flow/shared/api/sign-in';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

export type NewGroup = RouteInput<typeof groupRoutes.create>['body'];

/** useGroups lists the groups of the organization with what is needed to change them. */
export function useGroups() {
  const { api } = useServices();
  const { data, problem, reload } = useLoaded(
    () => 'groups',
    async (_key, signal) => {
      const [groups, members, methods] = await Promise.all([
        api.call(groupRoutes.list, {}, { signal }),
        api.call(memberRoutes.list, {}, { signal }),
        api.call(signInRoutes.methods, {}, { signal }),
      ]);
      return { groups: groups.items, members: members.items, methods: methods.methods };
    },
  );
  const changing = useAction(async (work: () => Promise<unknown>) => {
    await work();
    await reload();
    return true;
  });

  return {
    ...{ data, problem, reload, changing },
    create: (body: NewGroup) => changing.run(() => api.call(groupRoutes.create, { body })),
    rename: ({ id }: Group, name: string) =>
      changing.run(() => api.call(groupRoutes.rename, { params: { id }, body: { name } })),
    remove: ({ id }: Group) => changing.run(() => api.call(groupRoutes.remove, { params: { id } })),
    add: ({ id }: Group, userId: string) =>
      changing.run(() => api.call(groupRoutes.addMember, { params: { id, userId } })),
    take: ({ id }: Group, userId: string) =>
      changing.run(() => api.call(groupRoutes.removeMember, { params: { id, userId } })),
  };
}
