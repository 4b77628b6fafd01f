import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '@spt-flow/shared/domain/errors';
import { jsonExcess } from '../lib/bounded-json.ts';

/** jsonBodyPlugin reads JSON as Fastify does, but nothing that would keep everybody else waiting. */
export const jsonBodyPlugin = fp(function jsonBody(app: FastifyInstance, _options, done) {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, parsed) => {
      const excess = jsonExcess(body);
      if (excess === undefined) return parse(request, body, parsed);
      parsed(new AppError('validation_failed', `The request is not read: ${excess}`));
    },
  );
  done();
});
