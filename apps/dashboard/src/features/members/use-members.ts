import { memberRoutes, type FormerMember, type Member } from '@spt-flow/shared/api/members';
import type { RouteData, RouteInput } from '@spt-flow/shared/api/route';
import type { Role } from '@spt-flow/shared/domain/roles';
import { shallowRef } from 'vue';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

export type NewInvitation = RouteInput<typeof memberRoutes.invite>['body'];
export type OpenInvitation = RouteData<typeof memberRoutes.listInvitations>['items'][number];

/** ShownLink is what an admin hands over; it is shown once. */
export interface ShownLink {
  readonly text: string;
  readonly url: string;
}

/** useMembers lists who belongs to the organization, and for admins who is invited; a made link lives only in `link`. */
export function useMembers({ isAdmin }: { isAdmin: boolean }) {
  const { api } = useServices();
  const link = shallowRef<ShownLink>();
  const { data, problem, reload } = useLoaded(
    () => 'members',
    async (_key, signal) => {
      const [members, invitations, former] = await Promise.all([
        api.call(memberRoutes.list, {}, { signal }),
        isAdmin ? api.call(memberRoutes.listInvitations, {}, { signal }) : { items: [] },
        isAdmin ? api.call(memberRoutes.listFormer, {}, { signal }) : { items: [] },
      ]);
      return { members: members.items, invitations: invitations.items, former: former.items };
    },
  );

  const inviting = useAction(async (body: NewInvitation) => {
    const { url, email } = await api.call(memberRoutes.invite, { body });
    const whom = email ?? 'one person';
    link.value = { url, text: `With this link ${whom} can join, once, within a week.` };
    await reload();
    return true;
  });
  const changing = useAction(async (work: () => Promise<unknown>) => {
    await work();
    await reload();
  });

  return {
    data,
    problem,
    reload,
    link,
    inviting,
    changing,
    setRole: ({ id }: Member, role: Role) =>
      changing.run(() => api.call(memberRoutes.update, { params: { id }, body: { role } })),
    handOver: ({ id }: FormerMember, to: string) =>
      changing.run(() => api.call(memberRoutes.handOver, { params: { id }, body: { to } })),
    revoke: ({ id }: OpenInvitation) =>
      changing.run(() => api.call(memberRoutes.revokeInvitation, { params: { id } })),
    makePasswordLink: ({ id, name }: Member) =>
      changing.run(async () => {
        const { url } = await api.call(memberRoutes.createPasswordLink, { params: { id } });
        link.value = {
          url,
          text: `With this link ${name} chooses a new password, once, within a day.`,
        };
      }),
  };
}
