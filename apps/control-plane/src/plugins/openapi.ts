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
          cookie: {
            ...{ type: 'apiKey', in: 'cookie', name: 'spt_flow_session' },
            description: 'Where people come by https: __Host-spt_flow_session',
          },
        },
      },
    },
    transform: jsonSchemaTransform,
  });
  app.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.register(registerReference);
});

/** The page starts itself with an inline script, and holds nothing but our own document. */
const REFERENCE_POLICY =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'";

async function registerReference(scope: FastifyInstance): Promise<void> {
  scope.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', REFERENCE_POLICY);
  });
  await scope.register(reference, {
    routePrefix: '/api/reference',
    configuration: {
      url: '/api/v1/openapi.json',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      // Their services are elsewhere; this page stays on this machine.
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  });
}
