import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

const PER_MINUTE = 1_200;
/** Guessing is what these are limited against, so they count together with failures. */
const CREDENTIAL_ATTEMPTS_PER_MINUTE = 20;
const CREDENTIAL_ROUTES = new Set([
  'POST /api/v1/setup',
  'POST /api/v1/auth/login',
  'POST /api/v1/auth/password',
  'POST /api/v1/auth/sign-up',
  'POST /api/v1/auth/methods/:method/sign-in',
  'POST /api/v1/auth/methods/:method/link',
  'POST /api/v1/invitations/preview',
  'POST /api/v1/invitations/acceptance',
  'POST /api/v1/auth/device-logins',
  'GET /api/v1/auth/device-logins/:userCode',
  'POST /api/v1/auth/device-logins/:userCode/approval',
  'POST /api/v1/server-joins',
  'GET /api/v1/server-joins/:userCode',
  'POST /api/v1/server-joins/:userCode/approval',
  'POST /api/v1/server-joins/:userCode/denial',
]);

/** rateLimitPlugin bounds what one address may ask, tighter where passwords and tokens are tried. */
export const rateLimitPlugin = fp(async function limitRates(app: FastifyInstance) {
  // Before the plugin's own hook, which reads what this one sets.
  app.addHook('onRoute', (route) => {
    if (CREDENTIAL_ROUTES.has(`${String(route.method)} ${route.url}`)) {
      route.config = {
        ...route.config,
        rateLimit: { max: CREDENTIAL_ATTEMPTS_PER_MINUTE, timeWindow: '1 minute' },
      };
    }
  });
  await app.register(rateLimit, {
    global: true,
    max: PER_MINUTE,
    timeWindow: '1 minute',
    // Callers far from the limit need no countdown; who met it is told when to come back.
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
  });
});
