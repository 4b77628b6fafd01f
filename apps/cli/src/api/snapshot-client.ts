import { Readable } from 'node:stream';
import { envelopeOf } from '@spt-flow/shared/api/envelope';
import {
  BACKUP_CONTENT_TYPE,
  BACKUP_PATH,
  RESTORE_PATH,
  SNAPSHOT_FILE_PATH,
  snapshotRoutes,
  type NewWorkspaceOptions,
} from '@spt-flow/shared/api/snapshots';
import { WorkspaceSchema, type Workspace } from '@spt-flow/shared/api/workspaces';
import type { Call } from './call.ts';
import { download, refused, send, type FileCall } from './file-call.ts';

/** createSnapshotClient asks for what takes as long as files need to be copied; those themselves are streams. */
export function createSnapshotClient(call: Call, files: FileCall) {
  return {
    listSnapshots: (handle: string) => call(snapshotRoutes.list, { params: { handle } }),
    listAllSnapshots: () => call(snapshotRoutes.listAll, {}),
    createSnapshot: (handle: string, name: string | undefined) =>
      call(snapshotRoutes.create, { params: { handle }, body: { name } }),
    removeSnapshot: (id: string) => call(snapshotRoutes.remove, { params: { id } }),
    restoreSnapshot: (handle: string, snapshotId: string) =>
      call(snapshotRoutes.restore, { params: { handle }, body: { snapshotId } }),
    cloneSnapshot: (id: string, body: NewWorkspaceOptions) =>
      call(snapshotRoutes.clone, { params: { id }, body }),
    cloneWorkspace: (handle: string, body: NewWorkspaceOptions) =>
      call(snapshotRoutes.cloneWorkspace, { params: { handle }, body }),
    downloadBackup: (handle: string) =>
      download(files, BACKUP_PATH.replace(':handle', encodeURIComponent(handle)), 'POST'),
    downloadSnapshot: (id: string) => download(files, SNAPSHOT_FILE_PATH.replace(':id', id), 'GET'),
    uploadBackup: (file: Readable, wanted: NewWorkspaceOptions) => upload(files, file, wanted),
  };
}

async function upload(
  files: FileCall,
  file: Readable,
  wanted: NewWorkspaceOptions,
): Promise<Workspace> {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(wanted)) if (value !== undefined) query.set(key, value);
  const response = await send(files, `${RESTORE_PATH}?${query.toString()}`, {
    method: 'POST',
    type: BACKUP_CONTENT_TYPE,
    body: Readable.toWeb(file),
    duplex: 'half',
  });
  if (!response.ok) return refused(response);
  const { data } = envelopeOf(WorkspaceSchema).parse(await response.json());
  if (data) return data;
  return refused(response);
}
