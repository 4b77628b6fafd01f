import swagger from '@fastify/swagger';
import reference from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';

/** openapiPlugin generates the OpenAPI 3.1 document from the route contracts and serves a reference page. */
export const openapiPlugin = fp(async function openapi(
  app: FastifyInstance,
  options: { version: string },
) {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'spt-flow',
        version: options.version,
        description: 'Workspaces for people and AI agents',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'API token' },
          cookie: { type: 'apiKey', in: 'cookie', name: 'spt_flow_session' },
        },
      },
    },
    transform: jsonSchemaTransform,
  });
  app.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.register(reference, { routePrefix: '/api/reference' });
});
