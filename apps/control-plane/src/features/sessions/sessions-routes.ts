import { Readable } from 'node:stream';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { IdParamsSchema } from '@spt-flow/shared/api/common';
import {
  RECORDING_CONTENT_TYPE,
  RECORDING_PATH,
  RecordingQuerySchema,
  sessionRoutes,
} from '@spt-flow/shared/api/sessions';
import { registerRoute } from '../../lib/register-route.ts';
import type { Sessions } from './sessions.ts';

export function registerSessionRoutes(
  app: FastifyInstance,
  { service, policies }: Pick<Sessions, 'service' | 'policies'>,
): void {
  registerRoute(app, sessionRoutes.list, ({ principal, query }) => service.list(principal, query));
  registerRoute(app, sessionRoutes.get, ({ principal, params }) =>
    service.get(principal, params.id),
  );
  registerRoute(app, sessionRoutes.end, ({ params, ...call }) => service.end(call, params.id));
  registerRoute(app, sessionRoutes.policy, ({ principal }) =>
    policies.get(principal.organizationId),
  );
  registerRoute(app, sessionRoutes.setPolicy, ({ principal, body, correlationId }) =>
    policies.set(principal, body, correlationId),
  );
  registerRecordingRoute(app, service);
}

/** A stream of lines, and so no matter of contracts in JSON. */
function registerRecordingRoute(app: FastifyInstance, service: Sessions['service']): void {
  const schema: FastifySchema = {
    summary: 'Stream the recording of a session as asciicast',
    tags: ['sessions'],
    security: [{ bearer: [] }, { cookie: [] }],
    params: IdParamsSchema,
    querystring: RecordingQuerySchema,
  };
  app.get(RECORDING_PATH, { schema }, async (request, reply) => {
    const call = { principal: await request.authenticate(), correlationId: request.id };
    const { id } = IdParamsSchema.parse(request.params);
    const { version } = RecordingQuerySchema.parse(request.query);
    const { lines, fileName } = await service.recording(call, { id, version });
    return reply
      .type(RECORDING_CONTENT_TYPE)
      .header('content-disposition', `attachment; filename="${fileName}"`)
      .header('cache-control', 'no-store')
      .send(Readable.from(lines));
  });
}
