import { Readable } from 'node:stream';
import { ApiError } from '@spt-flow/shared/api/client';
import { envelopeOf } from '@spt-flow/shared/api/envelope';
import {
  BACKUP_CONTENT_TYPE,
  BACKUP_PATH,
  RESTORE_PATH,
  SNAPSHOT_FILE_PATH,
  snapshotRoutes,
} from '@spt-flow/shared/api/snapshots';
import type { RouteContract, RouteData, RouteInput } from '@spt-flow/shared/api/route';
import { WorkspaceSchema, type Workspace } from '@spt-flow/shared/api/workspaces';

export interface FileCall {
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

type Call = <T extends RouteContract>(route: T, input: RouteInput<T>) => Promise<RouteData<T>>;

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
    cloneSnapshot: (id: string, name: string | undefined) =>
      call(snapshotRoutes.clone, { params: { id }, body: { name } }),
    cloneWorkspace: (handle: string, name: string | undefined) =>
      call(snapshotRoutes.cloneWorkspace, { params: { handle }, body: { name } }),
    downloadBackup: (handle: string) =>
      download(files, BACKUP_PATH.replace(':handle', encodeURIComponent(handle)), 'POST'),
    downloadSnapshot: (id: string) => download(files, SNAPSHOT_FILE_PATH.replace(':id', id), 'GET'),
    uploadBackup: (file: Readable, name: string | undefined) => upload(files, file, name),
  };
}

async function download(files: FileCall, path: string, method: string): Promise<Readable> {
  const response = await send(files, path, { method });
  if (response.ok && response.body) return Readable.from(response.body);
  return refused(response);
}

async function upload(
  files: FileCall,
  file: Readable,
  name: string | undefined,
): Promise<Workspace> {
  const query = name === undefined ? '' : `?${new URLSearchParams({ name }).toString()}`;
  const response = await send(files, `${RESTORE_PATH}${query}`, {
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

async function send(
  { server, headers, fetch, signal }: FileCall,
  path: string,
  { type, ...init }: Omit<RequestInit, 'headers'> & { type?: string },
): Promise<Response> {
  const content = type === undefined ? {} : { 'content-type': type };
  const request = { ...init, headers: { ...headers, ...content }, signal };
  try {
    // A token goes to the server that its user named, and nowhere else.
    return await fetch(server + path, { ...request, redirect: 'manual' });
  } catch (cause) {
    signal.throwIfAborted();
    throw new ApiError('The connection to spt-flow ended', {
      ...{ code: 'unreachable', status: 0, correlationId: '', cause },
    });
  }
}

async function refused(response: Response): Promise<never> {
  const { status } = response;
  const answer = envelopeOf(WorkspaceSchema).safeParse(
    await response.json().catch(() => undefined),
  );
  if (answer.data?.error) {
    const { message, ...error } = answer.data.error;
    throw new ApiError(message, { ...error, status });
  }
  throw new ApiError('The answer is not one of spt-flow', {
    ...{ code: 'bad_answer', status, correlationId: '' },
  });
}
