import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  RouteShorthandOptions,
} from 'fastify';
import { HandleParamsSchema, IdParamsSchema } from '@spt-flow/shared/api/common';
import {
  BACKUP_CONTENT_TYPE,
  BACKUP_PATH,
  NewWorkspaceSchema,
  RESTORE_PATH,
  SNAPSHOT_FILE_PATH,
  snapshotRoutes,
} from '@spt-flow/shared/api/snapshots';
import { assertScope } from '../../lib/principal.ts';
import { registerRoute } from '../../lib/register-route.ts';
import type { SnapshotCall } from './snapshot-call.ts';
import type { BackupFile, SnapshotsService } from './snapshots-service.ts';

export function registerSnapshotRoutes(app: FastifyInstance, snapshots: SnapshotsService): void {
  registerRoute(app, snapshotRoutes.list, ({ principal, params }) =>
    snapshots.list(principal, params.handle),
  );
  registerRoute(app, snapshotRoutes.listAll, ({ principal }) => snapshots.listAll(principal));
  registerRoute(app, snapshotRoutes.create, ({ params, body, ...call }) =>
    snapshots.create(call, params.handle, body.name),
  );
  registerRoute(app, snapshotRoutes.remove, ({ params, ...call }) =>
    snapshots.remove(call, params.id),
  );
  registerRoute(app, snapshotRoutes.restore, ({ params, body, ...call }) =>
    snapshots.restore(call, params.handle, body.snapshotId),
  );
  registerRoute(app, snapshotRoutes.clone, ({ params, body, ...call }) =>
    snapshots.clone(call, params.id, body),
  );
  registerRoute(app, snapshotRoutes.cloneWorkspace, ({ params, body, ...call }) =>
    snapshots.cloneWorkspace(call, params.handle, body),
  );
  registerFileRoutes(app, snapshots);
}

/** Files are streams in both directions, and so no matter of contracts in JSON. */
function registerFileRoutes(app: FastifyInstance, snapshots: SnapshotsService): void {
  const backup = routeOf('Stream the files of a workspace as a backup', {
    params: HandleParamsSchema,
  });
  app.post(BACKUP_PATH, backup, async (request, reply) => {
    const { handle } = HandleParamsSchema.parse(request.params);
    return sendFile(reply, await snapshots.backup(await callOf(request), handle));
  });
  const download = routeOf('Stream a snapshot as a backup', { params: IdParamsSchema });
  app.get(SNAPSHOT_FILE_PATH, download, async (request, reply) => {
    const { id } = IdParamsSchema.parse(request.params);
    return sendFile(reply, await snapshots.download(await callOf(request), id));
  });
  void app.register(async (uploads) => registerUpload(uploads, snapshots));
}

function registerUpload(app: FastifyInstance, snapshots: SnapshotsService): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(BACKUP_CONTENT_TYPE, (_request, payload, done) => done(null, payload));
  const restore = routeOf('Make a new workspace of a backup', { querystring: NewWorkspaceSchema });
  const config = { takesFile: true };
  app.post(RESTORE_PATH, { ...restore, config }, async (request, reply) => {
    const wanted = NewWorkspaceSchema.parse(request.query);
    const workspace = await snapshots.upload(await callOf(request), request.raw, wanted);
    return reply.status(201).send({ success: true, data: workspace, error: null });
  });
}

function routeOf(summary: string, schema: FastifySchema): RouteShorthandOptions {
  const security = [{ bearer: [] }, { cookie: [] }];
  return {
    schema: { ...schema, summary, tags: ['snapshots'], security },
    preValidation: async (request) => assertScope(await request.authenticate(), 'write'),
  };
}

async function callOf(request: FastifyRequest): Promise<SnapshotCall> {
  return { principal: await request.authenticate(), correlationId: request.id };
}

function sendFile(reply: FastifyReply, { stream, sizeBytes, fileName }: BackupFile): FastifyReply {
  return reply
    .type(BACKUP_CONTENT_TYPE)
    .header('content-length', sizeBytes)
    .header('content-disposition', `attachment; filename="${fileName}"`)
    .header('cache-control', 'no-store')
    .send(stream);
}
