import type { ModelAnswer, ModelApi } from '@spt-flow/shared/agent-protocol/models';
import { ERRORS, type AppError, type ErrorCode } from '@spt-flow/shared/domain/errors';

/** As the services name what went wrong, by status. */
const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
};

/** Somebody has to do something first. */
const NOT_WORTH_RETRYING: ReadonlySet<ErrorCode> = new Set([
  'models_not_configured',
  'model_refused_key',
]);

export interface Refusal {
  readonly answer: ModelAnswer;
  readonly body: string;
}

export interface RefusalOptions {
  readonly correlationId: string;
  readonly retryAfterSeconds?: number | undefined;
}

/** toRefusal says no in the form of the service's own errors, so that tools show its text; our code is in it. */
export function toRefusal(
  api: ModelApi,
  { status, code, message }: AppError,
  { correlationId, retryAfterSeconds }: RefusalOptions,
): Refusal {
  const isWorthRetrying = !NOT_WORTH_RETRYING.has(code) && (status === 429 || status >= 500);
  const text = `${message}. ${ERRORS[code].next} (spt-flow: ${code})`;
  const type = TYPES[status] ?? 'api_error';
  const body =
    api === 'anthropic'
      ? {
          ...{ type: 'error', request_id: correlationId },
          error: { type, message: text, details: { error_code: code } },
        }
      : { error: { ...{ message: text, type, code }, param: null } };
  return {
    answer: {
      status,
      headers: {
        'content-type': 'application/json',
        [api === 'anthropic' ? 'request-id' : 'x-request-id']: correlationId,
        'x-should-retry': String(isWorthRetrying),
        'x-spt-flow-code': code,
        ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      },
    },
    body: JSON.stringify(body),
  };
}
