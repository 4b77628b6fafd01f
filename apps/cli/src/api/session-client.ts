import type { Readable } from 'node:stream';
import type { RouteInput } from '@spt-flow/shared/api/route';
import { RECORDING_PATH, sessionRoutes, type Session } from '@spt-flow/shared/api/sessions';
import type { Call } from './call.ts';
import { download, type FileCall } from './file-call.ts';

export type SessionQuery = Omit<RouteInput<typeof sessionRoutes.list>['query'], 'cursor' | 'limit'>;
export type CastVersion = '2' | '3';

/** As many are listed; older ones are found by their workspace. */
const MAX_LISTED = 200;

/** createSessionClient asks who is connected to workspaces, and for what was recorded. */
export function createSessionClient(call: Call, files: FileCall) {
  return {
    listSessions: async (query: SessionQuery): Promise<Session[]> =>
      (await call(sessionRoutes.list, { query: { ...query, limit: MAX_LISTED } })).items,
    endSession: (id: string) => call(sessionRoutes.end, { params: { id } }),
    getRecordingPolicy: () => call(sessionRoutes.policy, {}),
    setRecordingPolicy: (body: RouteInput<typeof sessionRoutes.setPolicy>['body']) =>
      call(sessionRoutes.setPolicy, { body }),
    /** As asciicast, line by line. */
    readRecording: (id: string, version: CastVersion): Promise<Readable> =>
      download(files, `${RECORDING_PATH.replace(':id', id)}?version=${version}`, 'GET'),
  };
}
