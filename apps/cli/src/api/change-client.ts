import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import type { RouteInput } from '@spt-flow/shared/api/route';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import type { Call } from './call.ts';

/** ChangeBody is what is to be changed: edits, or a patch. */
export type ChangeBody = RouteInput<typeof changeSetRoutes.preview>['body'];

/** createChangeClient asks for what may take as long as a build. */
export function createChangeClient(call: Call) {
  return {
    listFiles: (handle: string) =>
      call(workspaceRoutes.files, { params: { handle }, query: { hashes: 'true' } }),
    previewChange: (handle: string, body: ChangeBody) =>
      call(changeSetRoutes.preview, { params: { handle }, body }),
    applyChange: (handle: string, body: RouteInput<typeof changeSetRoutes.apply>['body']) =>
      call(changeSetRoutes.apply, { params: { handle }, body }),
  };
}
