import { Readable } from 'node:stream';
import type { FastifyInstance, FastifySchema } from 'fastify';
import {
  ARTIFACTS_CONTENT_TYPE,
  ARTIFACTS_PATH,
  ArtifactsParamsSchema,
  pipelineRoutes,
} from '@spt-flow/shared/api/pipelines';
import { registerRoute } from '../../lib/register-route.ts';
import type { PipelinesService } from './pipelines-service.ts';

export function registerPipelineRoutes(app: FastifyInstance, service: PipelinesService): void {
  registerRoute(app, pipelineRoutes.list, ({ params, query, ...call }) =>
    service.list({ ...call, ...params }, query),
  );
  registerRoute(app, pipelineRoutes.run, ({ params, body, ...call }) =>
    service.run({ ...call, ...params }, body.ref),
  );
  registerRoute(app, pipelineRoutes.get, ({ params, ...call }) =>
    service.get({ ...call, ...params }),
  );
  registerRoute(app, pipelineRoutes.log, ({ params, query, ...call }) =>
    service.log({ ...call, ...params }, query),
  );
  registerRoute(app, pipelineRoutes.cancel, ({ params, ...call }) =>
    service.cancel({ ...call, ...params }),
  );
  registerRoute(app, pipelineRoutes.retry, ({ params, ...call }) =>
    service.retry({ ...call, ...params }),
  );
  registerRoute(app, pipelineRoutes.settings, ({ params, ...call }) =>
    service.settings({ ...call, ...params }),
  );
  registerRoute(app, pipelineRoutes.setSettings, ({ params, body, ...call }) =>
    service.setSettings({ ...call, ...params }, body),
  );
  registerArtifactsRoute(app, service);
}

/** An archive, and so no matter of contracts in JSON. */
function registerArtifactsRoute(app: FastifyInstance, service: PipelinesService): void {
  const schema: FastifySchema = {
    summary: 'Download what a job of a build made, as a gzipped tar archive',
    tags: ['projects'],
    security: [{ bearer: [] }, { cookie: [] }],
    params: ArtifactsParamsSchema,
  };
  app.get(ARTIFACTS_PATH, { schema }, async (request, reply) => {
    const principal = await request.authenticate();
    const { jobId, ...params } = ArtifactsParamsSchema.parse(request.params);
    const asked = { principal, correlationId: request.id, ...params };
    const { fileName, pieces } = await service.artifacts(asked, jobId);
    return reply
      .type(ARTIFACTS_CONTENT_TYPE)
      .header('content-disposition', `attachment; filename="${fileName}"`)
      .header('cache-control', 'no-store')
      .send(Readable.from(pieces));
  });
}
