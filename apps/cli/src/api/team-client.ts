import { text } from 'node:stream/consumers';
import { BILL_CSV_PATH } from '@spt-flow/shared/api/bills';
import { groupRoutes } from '@spt-flow/shared/api/groups';
import { memberRoutes } from '@spt-flow/shared/api/members';
import { projectAccessRoutes } from '@spt-flow/shared/api/project-access';
import type { RouteInput } from '@spt-flow/shared/api/route';
import type { ProjectAccess, ProjectLevel } from '@spt-flow/shared/domain/project-access';
import type { Call } from './call.ts';
import { download, type FileCall } from './file-call.ts';

/** Grantee is a person or a group that a project is shared with. */
export interface Grantee {
  readonly kind: 'person' | 'group';
  readonly id: string;
}

/** createTeamClient knows the people of the organization, their groups, and who reaches which project. */
export function createTeamClient(call: Call, files: FileCall) {
  return {
    /** As CSV. */
    exportBill: async (month: string | undefined): Promise<string> =>
      text(await download(files, `${BILL_CSV_PATH}${month ? `?month=${month}` : ''}`, 'GET')),
    listMembers: () => call(memberRoutes.list, {}),
    inviteMember: (body: RouteInput<typeof memberRoutes.invite>['body']) =>
      call(memberRoutes.invite, { body }),
    updateMember: (id: string, body: RouteInput<typeof memberRoutes.update>['body']) =>
      call(memberRoutes.update, { params: { id }, body }),
    removeMember: (id: string, query: RouteInput<typeof memberRoutes.remove>['query']) =>
      call(memberRoutes.remove, { params: { id }, query }),
    listBelongings: (id: string) => call(memberRoutes.belongings, { params: { id } }),
    listFormerMembers: () => call(memberRoutes.listFormer, {}),
    handOver: (id: string, to: string) =>
      call(memberRoutes.handOver, { params: { id }, body: { to } }),
    createPasswordLink: (id: string) => call(memberRoutes.createPasswordLink, { params: { id } }),
    listGroups: () => call(groupRoutes.list, {}),
    createGroup: (body: RouteInput<typeof groupRoutes.create>['body']) =>
      call(groupRoutes.create, { body }),
    renameGroup: (id: string, name: string) =>
      call(groupRoutes.rename, { params: { id }, body: { name } }),
    removeGroup: (id: string) => call(groupRoutes.remove, { params: { id } }),
    addToGroup: (id: string, userId: string) =>
      call(groupRoutes.addMember, { params: { id, userId } }),
    takeFromGroup: (id: string, userId: string) =>
      call(groupRoutes.removeMember, { params: { id, userId } }),
    getProjectAccess: (handle: string) => call(projectAccessRoutes.get, { params: { handle } }),
    setProjectAccess: (handle: string, access: ProjectAccess) =>
      call(projectAccessRoutes.set, { params: { handle }, body: { access } }),
    shareProject: (handle: string, { kind, id }: Grantee, level: ProjectLevel) => {
      const { grantPerson, grantGroup } = projectAccessRoutes;
      return call(kind === 'person' ? grantPerson : grantGroup, {
        params: { handle, id },
        body: { level },
      });
    },
    unshareProject: (handle: string, { kind, id }: Grantee) => {
      const { revokePerson, revokeGroup } = projectAccessRoutes;
      return call(kind === 'person' ? revokePerson : revokeGroup, { params: { handle, id } });
    },
  };
}
