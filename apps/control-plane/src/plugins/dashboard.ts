import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

const YEAR_SECONDS = 31_536_000;

/** A file that is gone must not be answered with a page: a browser would take it for a script. */
const NOT_PAGES = ['/api/', '/mcp/', '/agents/', '/assets/'];

/** dashboardPlugin serves the built dashboard; paths that are no file are pages of the single-page app. */
export const dashboardPlugin = fp(async function dashboard(
  app: FastifyInstance,
  options: { directory: string },
) {
  if (!existsSync(path.join(options.directory, 'index.html'))) return;
  await app.register(fastifyStatic, {
    root: options.directory,
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders: (response, file) => {
      const hashed = file.includes(`${path.sep}assets${path.sep}`);
      response.header(
        'cache-control',
        hashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
      );
    },
  });
  app.get('/*', { schema: { hide: true } }, (request, reply) => {
    if (NOT_PAGES.some((prefix) => request.url.startsWith(prefix))) return reply.callNotFound();
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  });
});
