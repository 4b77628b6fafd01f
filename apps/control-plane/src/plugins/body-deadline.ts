import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/** As Node has it for whole requests, where no files are sent. */
const DEADLINE_MS = 5 * 60_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body is a file, which takes as long as it takes. */
    readonly takesFile?: boolean;
  }
}

/** bodyDeadlinePlugin ends connections that hand a body over byte by byte: anybody may open them, and each costs memory. */
export const bodyDeadlinePlugin = fp(function bodyDeadline(
  app: FastifyInstance,
  { deadlineMs = DEADLINE_MS }: { deadlineMs?: number | undefined },
  done,
) {
  app.addHook('preParsing', (request, _reply, _payload, next) => {
    const { raw } = request;
    if (hasBody(raw.headers) && !request.routeOptions.config.takesFile) {
      const timer = setTimeout(() => raw.complete || raw.destroy(), deadlineMs).unref();
      raw.once('close', () => clearTimeout(timer));
    }
    next();
  });
  done();
});

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
