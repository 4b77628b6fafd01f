import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { AppError, type ErrorCode } from '@spt-flow/shared/domain/errors';
import { failureCodeOf } from '../lib/database-error.ts';

const FRAMEWORK_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'validation_failed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'validation_failed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'validation_failed',
  FST_ERR_BAD_URL: 'validation_failed',
  FST_ERR_MAX_PARAM_LENGTH: 'validation_failed',
};

/** Who sends more than this in vain has the connection closed instead. */
const MAX_DROPPED_BYTES = 64 * 1024 * 1024;

/** errorsPlugin answers every failure in the envelope; what is not in the catalogue is `internal` and only logged. */
export const errorsPlugin = fp(function errors(app: FastifyInstance, _options, done) {
  app.setErrorHandler((error: FastifyError, request, reply) =>
    sendError(toAppError(error), { request, reply, error }),
  );
  app.setNotFoundHandler((request, reply) => {
    const error = nothingAt(request);
    return sendError(error, { request, reply, error });
  });
  // What is sent to nothing is not read either.
  app.addHook('preParsing', (request, _reply, _body, next) => {
    next(request.is404 ? nothingAt(request) : null);
  });
  done();
});

function nothingAt({ method, url }: FastifyRequest): AppError {
  return new AppError('not_found', `There is nothing at ${method} ${url.split('?', 1)[0]}`);
}

/** answerFrameworkError is for what fails before a route, and so its handler of errors, is found. */
export function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  sendError(toAppError(error), { request, reply, error });
}

function sendError(
  error: AppError,
  context: { request: FastifyRequest; reply: FastifyReply; error: Error },
): FastifyReply {
  const { request, reply } = context;
  // A caller that went away ends its work by an error.
  if (error.family === 'internal' && !reply.raw.destroyed)
    request.log.error({ err: context.error }, 'request failed');
  else request.log.info({ code: error.code, family: error.family }, 'request refused');
  if (error.code === 'body_too_large') letSenderFinish(request, reply);
  return reply.status(error.status).send({
    success: false,
    data: null,
    error: {
      code: error.code,
      message: error.message,
      correlationId: request.id,
      ...(error.details && { details: error.details }),
    },
  });
}

/** Closing while the body still arrives resets the connection, and the sender never reads why it was refused. */
function letSenderFinish(request: FastifyRequest, reply: FastifyReply): void {
  if (Number(request.headers['content-length']) <= MAX_DROPPED_BYTES)
    reply.removeHeader('connection');
}

function toAppError(error: FastifyError): AppError {
  if (error instanceof AppError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map((issue) => ({
      path: issue.instancePath,
      message: issue.message ?? 'is not valid',
    }));
    const first = issues[0];
    const where = first?.path ? `"${first.path.slice(1).replaceAll('/', '.')}" ` : '';
    return new AppError(
      'validation_failed',
      `The request is not valid: ${where}${first?.message ?? ''}`.trim(),
      { details: { issues } },
    );
  }
  if (error.statusCode === 429) return new AppError('rate_limited');
  const code = FRAMEWORK_CODES[error.code] ?? failureCodeOf(error) ?? 'internal';
  return new AppError(code, undefined, { cause: error });
}
