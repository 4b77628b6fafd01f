import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createHttpApp } from '../../src/http-app.ts';
import type { Principal } from '../../src/lib/principal.ts';

/** createHttpShell is the HTTP shell without routes; `principals` says whom an API token stands for. */
export function createHttpShell(
  principals: ReadonlyMap<string, Principal>,
): Promise<FastifyInstance> {
  return createHttpApp({
    logger: pino({ level: 'silent' }),
    version: '0.0.0-test',
    registry: new Registry(),
    authentication: {
      credentials: {
        byLogin: async () => undefined,
        byApiToken: async (token) => principals.get(token),
      },
      isOwnOrigin: () => false,
      secureCookies: false,
    },
    interceptRequest: () => false,
    routeUpgrade: (_request, socket) => void socket.destroy(),
    frameSource: "'none'",
  });
}
